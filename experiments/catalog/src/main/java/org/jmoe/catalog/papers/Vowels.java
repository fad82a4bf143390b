package org.jmoe.catalog.papers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.trial.VowelTrial;

/**
 * Jacobs, Jordan, Nowlan and Hinton 1991, table 1: experts learn vowels faster than one network.
 */
public final class Vowels implements Experiment {
  private static final int EPOCHS = 4000;
  private static final int RUNS = 25;
  private static final int QUICK_RUNS = 5;
  private static final double RATE = 1;
  private static final String EXPERTS4 = "experts-4";
  private static final String EXPERTS8 = "experts-8";
  private static final String LAYERED6 = "hidden-6";
  private static final String LAYERED12 = "hidden-12";
  private static final List<String> ALL = List.of(EXPERTS4, EXPERTS8, LAYERED6, LAYERED12);

  @Override
  public String name() {
    return "vowels";
  }

  @Override
  public String question() {
    return "Do mixtures of very simple experts learn to classify four vowels in half the epochs of"
        + " a network with one hidden layer, equally well and with less variance?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Jacobs, Jordan, Nowlan and Hinton 1991, Adaptive Mixtures of Local Experts, Neural"
            + " Computation 3(1), 79-87",
        "table 1",
        "copied from two secondary sources that agree");
  }

  @Override
  public String setting() {
    return "F1 and F2 of [i], [I], [a] and [A] (turned v) of 75 speakers, two tokens each (Peterson"
        + " and Barney 1952; the data and their source are in the jar), standardised; 50"
        + " speakers for training, every third for testing, since we do not know the paper's"
        + " split. Experts are one layer of logistic units with a softmax gate under the"
        + " paper's equation 1.3; the networks have logistic units and squared error."
        + " Full-batch gradient descent without momentum at rate 1 for all four systems,"
        + " since we do not know the authors' rates: on seed 1001, not reported, rates of 1,"
        + " 2, 4 and 8 gave epochs in inverse proportion for every system, so their ratios"
        + " do not depend on it. Training ends at a mean squared error per output of 0.08."
        + " Each seed runs 25 simulations, as published.";
  }

  @Override
  public int minutes() {
    return 1;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int runs = budget.quick() ? QUICK_RUNS : RUNS;
    int epochs = budget.steps(EPOCHS);
    return List.of(
        arm(EXPERTS4, "4 experts", true, 4, runs, epochs),
        arm(EXPERTS8, "8 experts", true, 8, runs, epochs),
        arm(LAYERED6, "one network with 6 hidden units", false, 6, runs, epochs),
        arm(LAYERED12, "one network with 12 hidden units", false, 12, runs, epochs));
  }

  private static Arm arm(
      String name, String description, boolean experts, int size, int runs, int epochs) {
    return new Arm(name, description, new VowelTrial(experts, size, RATE, runs, epochs));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column(
            VowelTrial.EPOCHS,
            "mean epochs",
            0,
            Map.of(EXPERTS4, "1124", EXPERTS8, "1083", LAYERED6, "2209", LAYERED12, "2435")),
        new Column(
            VowelTrial.STD,
            "std of epochs",
            0,
            Map.of(EXPERTS4, "23", EXPERTS8, "12", LAYERED6, "83", LAYERED12, "124")),
        new Column(
            VowelTrial.TRAINING,
            "training, %",
            1,
            Map.of(EXPERTS4, "88", EXPERTS8, "88", LAYERED6, "88", LAYERED12, "88")),
        new Column(
            VowelTrial.TEST,
            "test, %",
            1,
            Map.of(EXPERTS4, "90", EXPERTS8, "90", LAYERED6, "90", LAYERED12, "90")),
        Column.own(VowelTrial.FAILED, "simulations that did not converge", 1));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    for (String arm : ALL) {
      checks.add(
          Check.mean(
              arm + " generalises as published (90 %)",
              "mean test accuracy within 3 percentage points of 90 %",
              results.of(arm, VowelTrial.TEST),
              1,
              a -> Math.abs(a - 90) <= 3));
    }
    checks.add(
        Check.everySeed(
            "4 experts learn in half the epochs of 6 hidden units (published: 1.97)",
            "ratio of median epochs at least 1.5 for every seed",
            results.over(
                seed ->
                    results.value(LAYERED6, seed, VowelTrial.MEDIAN)
                        / results.value(EXPERTS4, seed, VowelTrial.MEDIAN)),
            2,
            r -> r >= 1.5));
    checks.add(
        Check.everySeed(
                "8 experts learn in half the epochs of 12 hidden units (published: 2.25)",
                "ratio of median epochs at least 1.5 for every seed",
                results.over(
                    seed ->
                        results.value(LAYERED12, seed, VowelTrial.MEDIAN)
                            / results.value(EXPERTS8, seed, VowelTrial.MEDIAN)),
                2,
                r -> r >= 1.5)
            .informational());
    checks.add(
        Check.everySeed(
            "the experts' epochs vary less (published std: 23 and 12, against 83 and 124)",
            "larger std of the experts minus the smaller std of the networks below 0",
            results.over(
                seed ->
                    Math.max(
                            results.value(EXPERTS4, seed, VowelTrial.STD),
                            results.value(EXPERTS8, seed, VowelTrial.STD))
                        - Math.min(
                            results.value(LAYERED6, seed, VowelTrial.STD),
                            results.value(LAYERED12, seed, VowelTrial.STD))),
            0,
            d -> d < 0));
    return checks;
  }
}
