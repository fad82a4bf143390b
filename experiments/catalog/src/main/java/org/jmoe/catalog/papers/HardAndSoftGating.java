package org.jmoe.catalog.papers;

import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;

/** How many experts per token a mixture needs: one, two, four or all. */
public final class HardAndSoftGating implements Experiment {
  private static final int STEPS = 600;
  private static final int EXPERTS = 8;
  private static final int HIDDEN = 64;
  private static final List<String> LADDER = List.of("top-1", "top-2", "top-4", "top-8", "soft");

  @Override
  public String name() {
    return "gating";
  }

  @Override
  public String question() {
    return "How much does each additional expert per token gain, up to all of them as in Jacobs et"
        + " al. 1991?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Jacobs et al. 1991 (soft) and Shazeer et al. 2017 (hard); no table compares them at equal"
            + " size",
        "equations 1 and 3",
        "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Both layers have 8 experts of width 64, so all arms have the same parameters but"
        + " different costs; balance loss 0.01 in the hard arms, none in the soft one; weights are"
        + " normalised to sum to 1; 600 steps. top-8 and soft compute the same function and differ"
        + " only in the loss.";
  }

  @Override
  public int minutes() {
    return 9;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    LossTerm balance = new LossTerm(new SwitchBalance(), 0.01);
    return LADDER.stream()
        .map(
            name -> {
              boolean soft = name.equals("soft");
              RouterSpec router =
                  soft
                      ? new DenseSoftRouter.Spec()
                      : TopKRouter.Spec.of(Integer.parseInt(name.substring(4)));
              MoeLayer.Spec moe =
                  new MoeLayer.Spec(EXPERTS, router, FeedForwardExperts.Spec.relu(HIDDEN));
              return new Arm(
                  name,
                  soft ? "all experts, no balance loss" : name.substring(4) + " of 8",
                  RunTrial.of(
                      soft
                          ? TinyLanguage.sparse(steps, moe)
                          : TinyLanguage.sparse(steps, moe, balance)));
            })
        .toList();
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.ACTIVE, "active parameters", 0),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    return IntStream.range(1, LADDER.size())
        .mapToObj(
            i ->
                Check.mean(
                        "%s is better than %s".formatted(LADDER.get(i), LADDER.get(i - 1)),
                        "gain above 0 nats",
                        results.difference(LADDER.get(i - 1), LADDER.get(i), RunMeasures.NATS),
                        4,
                        d -> d > 0)
                    .informational())
        .toList();
  }
}
