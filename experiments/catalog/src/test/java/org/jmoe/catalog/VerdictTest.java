package org.jmoe.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.engine.Verdict;
import org.jmoe.catalog.papers.BalanceLosses;
import org.jmoe.catalog.trial.ClusterTrial;
import org.jmoe.catalog.trial.EnsembleTrial;
import org.jmoe.catalog.trial.ImportanceProbe;
import org.jmoe.catalog.trial.LogitSizeProbe;
import org.jmoe.catalog.trial.MaskedTrial;
import org.jmoe.catalog.trial.PlantedTrial;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.UpcycledTrial;
import org.jmoe.catalog.trial.VowelTrial;
import org.jmoe.extension.Extensions;
import org.junit.jupiter.api.Test;

final class VerdictTest {
  private static final Statistic MIXED = new Statistic(List.of(1.0, 3.0));

  private static Check check(boolean holds) {
    return new Check("claim", "band", "measured", holds, true);
  }

  @Test
  void summarisesChecks() {
    Budget full = Budget.full();
    assertEquals(Verdict.REPRODUCED, Verdict.of(List.of(check(true), check(true)), full));
    assertEquals(Verdict.PARTLY, Verdict.of(List.of(check(true), check(false)), full));
    assertEquals(Verdict.NOT_REPRODUCED, Verdict.of(List.of(check(false)), full));
    assertEquals(Verdict.FINDING, Verdict.of(List.of(check(false).informational()), full));
    assertEquals(
        Verdict.REPRODUCED, Verdict.of(List.of(check(true), check(false).informational()), full));
    assertEquals(Verdict.QUICK, Verdict.of(List.of(check(true)), new Budget(true)));
  }

  @Test
  void everySeedIsStricterThanMean() {
    assertTrue(Check.mean("c", "b", MIXED, 2, v -> v >= 2).holds());
    assertFalse(Check.everySeed("c", "b", MIXED, 2, v -> v >= 2).holds());
    assertTrue(Check.everySeed("c", "b", MIXED, 2, v -> v >= 1).holds());
    assertEquals("2.00 (1.00 to 3.00)", Check.everySeed("c", "b", MIXED, 2, v -> true).measured());
  }

  @Test
  void quickBudgetIsAnEighthOfTheStepsAndTwoSeeds() {
    Budget quick = new Budget(true);
    assertEquals(100, quick.steps(800));
    assertEquals(20, quick.steps(100));
    assertEquals(10, quick.steps(10));
    assertEquals(2, quick.seeds(5));
    assertEquals(1, quick.seeds(1));
    assertEquals(800, Budget.full().steps(800));
  }

  /**
   * The published table of balance losses passes its own criteria; changing one number fails them.
   */
  @Test
  void publishedNumbersPassTheirOwnRule() {
    Map<String, double[]> published = // perplexity, CV(Importance), CV(Load), max/mean
        Map.of(
            "none", new double[] {39.8, 3.04, 3.01, 17.80},
            "importance-0.2", new double[] {35.6, 0.06, 0.17, 1.47},
            "load-0.2", new double[] {35.7, 0.22, 0.04, 1.15},
            "both-0.1", new double[] {35.6, 0.06, 0.05, 1.14},
            "both-0.01", new double[] {35.7, 0.48, 0.11, 1.37},
            "both-1", new double[] {35.7, 0.03, 0.02, 1.07});
    Experiment experiment = new BalanceLosses();
    assertEquals(
        Verdict.REPRODUCED, Verdict.of(experiment.judge(losses(published)), Budget.full()));
    Map<String, double[]> balanced = new LinkedHashMap<>(published);
    balanced.put("none", new double[] {39.8, 0.1, 0.1, 1.2});
    List<Check> checks = experiment.judge(losses(balanced));
    assertEquals(1, checks.stream().filter(Check::gates).filter(c -> !c.holds()).count());
    assertEquals(Verdict.PARTLY, Verdict.of(checks, Budget.full()));
  }

  private static Results losses(Map<String, double[]> rows) {
    Map<String, Map<Long, Outcome>> outcomes = new LinkedHashMap<>();
    rows.forEach(
        (arm, r) ->
            outcomes.put(
                arm,
                Map.of(
                    1L,
                    Outcome.of(
                        Map.of(
                            RunMeasures.PERPLEXITY, r[0],
                            ImportanceProbe.CV, r[1],
                            RunMeasures.CV, r[2],
                            RunMeasures.MAX_OVER_MEAN, r[3])))));
    return new Results(outcomes);
  }

  @Test
  void publishedColumnsNameExistingArms() {
    for (Experiment experiment : Catalog.of(Extensions.load()).experiments()) {
      List<Arm> arms = experiment.arms(Budget.full());
      assertEquals(arms.size(), arms.stream().map(Arm::name).distinct().count(), experiment.name());
      List<String> names = arms.stream().map(Arm::name).toList();
      experiment
          .columns()
          .forEach(
              c ->
                  assertTrue(
                      names.containsAll(c.published().keySet()),
                      () -> experiment.name() + ": " + c.published().keySet()));
      assertEquals(names, experiment.arms(new Budget(true)).stream().map(Arm::name).toList());
    }
  }

  /** For arbitrary values, every criterion reads only measures that its arms have. */
  @Test
  void rulesReadOnlyExistingMeasures() {
    List<String> measures =
        List.of(
            ClusterTrial.ACCURACY,
            ClusterTrial.TRAINING,
            ClusterTrial.ENTROPY,
            VowelTrial.TEST,
            VowelTrial.EPOCHS,
            VowelTrial.MEDIAN,
            VowelTrial.STD,
            VowelTrial.FAILED,
            RunMeasures.NATS,
            RunMeasures.PERPLEXITY,
            RunMeasures.CV,
            RunMeasures.MAX_OVER_MEAN,
            RunMeasures.MAX_VIOLATION,
            RunMeasures.DROPPED,
            RunMeasures.SPECIALISATION,
            RunMeasures.IDLE,
            RunMeasures.SPEED,
            RunMeasures.PARAMETERS,
            RunMeasures.ACTIVE,
            RunMeasures.SPIKE,
            RunMeasures.DIVERGED,
            ImportanceProbe.CV,
            LogitSizeProbe.SIZE,
            UpcycledTrial.DENSE_NATS,
            UpcycledTrial.DIFFERENCE,
            EnsembleTrial.MEMBER,
            PlantedTrial.OVERFIT,
            MaskedTrial.UNSERVED,
            MaskedTrial.MANY);
    SplittableRandom random = new SplittableRandom(1);
    for (Experiment experiment : Catalog.of(Extensions.load()).experiments()) {
      Map<String, Map<Long, Outcome>> outcomes = new LinkedHashMap<>();
      for (Arm arm : experiment.arms(Budget.full())) {
        for (long seed = 1; seed <= 2; seed++) {
          Map<String, Double> numbers = new LinkedHashMap<>();
          measures.forEach(m -> numbers.put(m, random.nextDouble(0.5, 2)));
          Series series = series(arm.name().equals("upcycled") ? 6 : 5, random);
          outcomes
              .computeIfAbsent(arm.name(), a -> new LinkedHashMap<>())
              .put(
                  seed,
                  new Outcome(
                      numbers,
                      Map.of(RunMeasures.NATS, series, RunMeasures.MAX_OVER_MEAN, series),
                      Map.of()));
        }
      }
      List<Check> checks = experiment.judge(new Results(outcomes));
      assertFalse(checks.isEmpty(), experiment.name());
      experiment.columns().forEach(c -> assertTrue(measures.contains(c.measure()), c.measure()));
    }
  }

  private static Series series(int length, SplittableRandom random) {
    List<Double> numbers = random.doubles(length, 1, 2).boxed().toList();
    List<Double> tokens = IntStream.range(0, length).mapToObj(i -> (double) i).toList();
    return new Series(tokens, tokens, numbers);
  }
}
