package org.jmoe.catalog.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.StepReport;
import org.junit.jupiter.api.Test;

final class RunMeasuresTest {
  @Test
  void specialisationIsOneForAPerfectSplitAndZeroForNone() {
    assertEquals(
        1, RunMeasures.specialisation(List.of(List.of(1.0, 0.0), List.of(0.0, 1.0))), 1e-12);
    assertEquals(
        0, RunMeasures.specialisation(List.of(List.of(0.5, 0.5), List.of(0.5, 0.5))), 1e-12);
    // p = (3/4, 1/4) and (1/4, 3/4): (3/4 ln 3/2 + 1/4 ln 1/2) / ln 2
    double byHand = (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)) / Math.log(2);
    assertEquals(
        byHand,
        RunMeasures.specialisation(List.of(List.of(0.75, 0.25), List.of(0.25, 0.75))),
        1e-12);
  }

  @Test
  void spikeIsTheRiseAboveTheRunningMinimum() {
    List<StepReport> steps = new ArrayList<>();
    for (double nats : new double[] {3, 2, 2.75, 1, 1.5}) {
      for (int i = 0; i < 10; i++) {
        steps.add(StepReport.of(steps.size(), 1, nats).withUpdate(1, 1));
      }
    }
    assertEquals(0.75, RunMeasures.spike(steps), 1e-12);
  }

  @Test
  void variationMatchesHandComputation() {
    // 1, 3: mean 2, standard deviation 1
    assertEquals(0.5, ImportanceProbe.variation(new double[] {1, 3}), 1e-12);
  }

  @Test
  void dispatchEntropyMatchesHandComputation() {
    // Expert 0 serves clusters 0, 0, 1, 1; expert 1 cluster 1 twice: 4/6 ln 2.
    long[] experts = {0, 0, 0, 0, 1, 1};
    int[] clusters = {0, 0, 1, 1, 1, 1};
    assertEquals(4.0 / 6 * Math.log(2), ClusterData.entropy(experts, clusters, 2, 2), 1e-12);
  }
}
