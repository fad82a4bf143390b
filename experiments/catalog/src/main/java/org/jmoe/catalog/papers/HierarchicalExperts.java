package org.jmoe.catalog.papers;

import java.util.List;
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
import org.jmoe.experts.MoeExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;
import org.jmoe.training.config.RunConfig;

/** Shazeer et al. 2017, appendix B: two-level compared with flat mixtures. */
public final class HierarchicalExperts implements Experiment {
  private static final int STEPS = 500;
  private static final int HIDDEN = 64;
  private static final String FLAT = "flat-16";

  @Override
  public String name() {
    return "hierarchy";
  }

  @Override
  public String question() {
    return "Do four groups of four experts learn as well as sixteen, at equal cost?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Shazeer et al. 2017, Outrageously Large Neural Networks, ICLR, arXiv 1701.06538",
        "appendix B and table 7, where flat and hierarchical models differ in size",
        "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " 16 experts of width 64 in both layers, two per token: chosen directly, or one of the"
        + " four experts in each of two of four groups, or two experts in one group; balance loss"
        + " 0.01 on every router; 500 steps.";
  }

  @Override
  public int minutes() {
    return 7;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    MoeLayer.Spec flat =
        new MoeLayer.Spec(16, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.relu(HIDDEN));
    return List.of(
        new Arm(FLAT, "two of 16", RunTrial.of(config(steps, flat))),
        new Arm("two-by-one", "two of 4 groups, one of 4 in each", trial(steps, 2, 1)),
        new Arm("one-by-two", "one of 4 groups, two of 4 in it", trial(steps, 1, 2)));
  }

  private static RunTrial trial(int steps, int outer, int inner) {
    MoeLayer.Spec group =
        new MoeLayer.Spec(4, TopKRouter.Spec.of(inner), FeedForwardExperts.Spec.relu(HIDDEN));
    return RunTrial.of(
        config(steps, new MoeLayer.Spec(4, TopKRouter.Spec.of(outer), new MoeExperts.Spec(group))));
  }

  private static RunConfig config(int steps, MoeLayer.Spec moe) {
    return TinyLanguage.sparse(steps, moe, new LossTerm(new SwitchBalance(), 0.01));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.PARAMETERS, "parameters", 0),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load, all routers", 2),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    return List.of(worse(results, "two-by-one"), worse(results, "one-by-two"));
  }

  private static Check worse(Results results, String arm) {
    return Check.mean(
            arm + " is no worse than one level",
            "nats minus those of flat-16 at most 0",
            results.difference(arm, FLAT, RunMeasures.NATS),
            4,
            d -> d <= 0)
        .informational();
  }
}
