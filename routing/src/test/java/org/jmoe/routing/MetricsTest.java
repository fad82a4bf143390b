package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.SplittableRandom;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.ExpertOverlap;
import org.jmoe.metrics.GateReport;
import org.jmoe.metrics.LoadReport;
import org.jmoe.metrics.Specialisation;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Metrics of hand-worked routings. */
final class MetricsTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** V-MoE's three tokens: first choices 0, 0, 2, second choices 2, 2, 0; two slots each. */
  private RoutingSignals signals(Capacity capacity) {
    NDArray gates =
        Logits.of(
            manager,
            new double[] {.4, 0, .2},
            new double[] {.5, .1, .4},
            new double[] {.3, .2, .6});
    return Routing.topK(gates, gates, 2, capacity, RouterContext.of(true, Seed.of(0))).signals();
  }

  @Test
  void load() {
    LoadReport report = LoadReport.of("moe", signals(Capacity.fixed(2)));
    assertArrayEquals(new long[] {3, 0, 3}, report.choices().toArray());
    assertArrayEquals(new long[] {2, 0, 2}, report.kept().toArray());
    assertArrayEquals(new long[] {0, 2, 1}, report.expertsPerToken().toArray());
    // Mean 2, deviations 1, 2, 1 from the mean: standard deviation sqrt(6 / 3).
    assertEquals(Math.sqrt(2) / 2, report.variation(), 1e-12);
    assertEquals(1.5, report.maxOverMean(), 1e-12);
    assertEquals(0.5, report.maxViolation(), 1e-12);
    assertEquals(2.0 / 6, report.droppedShare(), 1e-12);
    assertEquals(1, report.deadExperts());
    assertEquals(1.0 / 3, report.servedByAtLeast(2), 1e-12);
    assertEquals(6, report.plus(report).choices().get(0));
  }

  /** V-MoE's expert choice metrics: 1, 2/3 and 1/3 of the tokens have at least 1, 2, 3 experts. */
  @Test
  void expertsPerToken() {
    NDArray gates = signals(Capacity.dropless()).probs();
    NDArray slots = ExpertSlots.choose(gates, null, 1, 2, false).get(1);
    NDArray kept = slots.gte(0);
    RoutingSignals chosen =
        RoutingSignals.of(1, gates, gates, ExpertSlots.expertIds(gates), gates, kept).asBalanced();
    LoadReport report = LoadReport.of("moe", chosen);
    assertEquals(1, report.servedByAtLeast(1), 1e-12);
    assertEquals(2.0 / 3, report.servedByAtLeast(2), 1e-12);
    assertEquals(1.0 / 3, report.servedByAtLeast(3), 1e-12);
  }

  @Test
  void gate() {
    NDArray probs = Logits.of(manager, new double[] {1, 0}, new double[] {.5, .5});
    RoutingSignals signals =
        Routing.topK(probs, probs, 1, Capacity.dropless(), RouterContext.of(true, Seed.of(0)))
            .signals();
    GateReport report = GateReport.of("moe", signals);
    assertEquals(Math.log(2) / 2, report.entropy(), 1e-12);
    assertEquals(0.75, report.confidence(), 1e-12);
    assertEquals(0.75, report.weight(), 1e-12);
  }

  @Test
  void overlap() {
    RoutingSignals signals = signals(Capacity.dropless());
    assertEquals(1, ExpertOverlap.of(signals, signals).agreement());
    assertEquals(3, ExpertOverlap.of(signals, signals).pairs());
  }

  @Test
  void perfectSpecialists() {
    ImmutableIntArray.Builder labels = ImmutableIntArray.builder();
    ImmutableLongArray.Builder choices = ImmutableLongArray.builder();
    for (int t = 0; t < 400; t++) {
      labels.add(t % 4);
      choices.add((t + 1) % 4);
    }
    Specialisation found = Specialisation.of(choices.build(), 1, 4, labels.build(), 4, 1);
    assertEquals(Math.log(4), found.information(), 1e-12);
    assertEquals(1, found.purity(), 1e-12);
    assertEquals(1, found.score(), 1e-12);
    assertTrue(found.chanceInformation() < 0.03 && found.chancePurity() < 0.4);
  }

  /** With few tokens and random experts, the information is positive but not above its baseline. */
  @Test
  void randomRoutingIsNotSpecialised() {
    SplittableRandom random = new SplittableRandom(1);
    ImmutableIntArray.Builder labels = ImmutableIntArray.builder();
    ImmutableLongArray.Builder choices = ImmutableLongArray.builder();
    for (int t = 0; t < 200; t++) {
      labels.add(random.nextInt(4));
      choices.add(random.nextInt(8));
    }
    Specialisation found = Specialisation.of(choices.build(), 1, 8, labels.build(), 4, 1);
    assertTrue(found.information() > 0.02);
    assertEquals(found.chanceInformation(), found.information(), 0.05);
    assertEquals(found.chancePurity(), found.purity(), 0.08);
  }
}
