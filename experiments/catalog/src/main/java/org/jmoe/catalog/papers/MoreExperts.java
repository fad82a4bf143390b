package org.jmoe.catalog.papers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;

/**
 * Switch Transformer, section 3.1, with a small-scale reference: more experts at equal cost,
 * compared with dense models of equal active and of equal total size.
 */
public final class MoreExperts implements Experiment {
  private static final int STEPS = 1000;
  private static final int HIDDEN = 256;
  private static final String DENSE = "dense";
  private static final String TOTAL = "dense-total";
  private static final String TOP2 = "top2-of-4";
  private static final List<String> LADDER =
      List.of(DENSE, "top1-of-2", "top1-of-4", "top1-of-8", "top1-of-16");

  @Override
  public String name() {
    return "more-experts";
  }

  @Override
  public String question() {
    return "At equal cost, does every doubling of the experts lower the loss, and how does a"
        + " mixture compare with dense models of equal active and of equal total size?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Fedus, Zoph and Shazeer 2022, Switch Transformers, JMLR 23(120), arXiv 2101.03961; for"
            + " the small models arXiv 2605.13769",
        "section 3.1 and figure 4; the abstract of the second",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Experts of width 256 with one per token, of 128 with two; balance loss 0.01 and router"
        + " z-loss 0.001; 1,000 steps. Published, for models 100 times as large and trained far"
        + " longer: 4 experts top-2 1.5788, dense of equal active size 1.6545, of equal total size"
        + " 1.5608 nats.";
  }

  @Override
  public int minutes() {
    return 15;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    List<Arm> arms = new ArrayList<>();
    arms.add(
        new Arm(
            DENSE,
            "dense, equal active parameters",
            RunTrial.of(TinyLanguage.dense(steps, HIDDEN))));
    for (int experts = 2; experts <= 16; experts *= 2) {
      RouterSpec router = new SwitchRouter.Spec(0, Capacity.dropless());
      arms.add(
          arm(
              "top1-of-" + experts,
              "one of " + experts + " experts",
              experts,
              router,
              HIDDEN,
              steps));
    }
    arms.add(
        arm(
            TOP2,
            "two of 4 experts of half the width",
            4,
            TopKRouter.Spec.of(2),
            HIDDEN / 2,
            steps));
    arms.add(
        new Arm(
            TOTAL,
            "dense, as many parameters as " + TOP2,
            RunTrial.of(TinyLanguage.dense(steps, 4 * HIDDEN / 2))));
    return arms;
  }

  private static Arm arm(
      String name, String description, int experts, RouterSpec router, int hidden, int steps) {
    MoeLayer.Spec moe = new MoeLayer.Spec(experts, router, FeedForwardExperts.Spec.relu(hidden));
    return new Arm(
        name,
        description,
        RunTrial.of(
            TinyLanguage.sparse(
                steps,
                moe,
                new LossTerm(new SwitchBalance(), 0.01),
                new LossTerm(new RouterZ(), 0.001))));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column(
            RunMeasures.NATS,
            "nats",
            4,
            Map.of(DENSE, "1.6545 ± 0.0012", TOP2, "1.5788 ± 0.0020", TOTAL, "1.5608 ± 0.0025")),
        Column.own(RunMeasures.ACTIVE, "active parameters", 0),
        Column.own(RunMeasures.PARAMETERS, "parameters", 0),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    for (int i = 1; i < LADDER.size(); i++) {
      Statistic gain = results.difference(LADDER.get(i - 1), LADDER.get(i), RunMeasures.NATS);
      boolean sure = i < LADDER.size() - 1;
      checks.add(
          Check.mean(
              "%s is better than %s".formatted(LADDER.get(i), LADDER.get(i - 1)),
              sure ? "gain above two standard errors" : "gain above 0",
              gain,
              4,
              d -> d > (sure ? 2 * gain.standardError() : 0)));
    }
    checks.add(
        Check.mean(
            "four experts, top-2, beat the dense model of equal active size (published: 0.0758)",
            "gain between 0.03 and 0.12 nats",
            results.difference(DENSE, TOP2, RunMeasures.NATS),
            4,
            d -> d >= 0.03 && d <= 0.12));
    checks.add(
        Check.mean(
            "the dense model of equal total size is at least as good (published: by 0.018)",
            "nats of top2-of-4 minus dense-total at least 0",
            results.difference(TOP2, TOTAL, RunMeasures.NATS),
            4,
            d -> d >= 0));
    checks.add(
        Check.mean(
            "16 experts reach the dense model's final loss in fewer steps (published, for 64:"
                + " 1/7.5)",
            "at least 1.3 times fewer",
            results.over(seed -> speedUp(results, seed)),
            2,
            s -> s >= 1.3));
    return checks;
  }

  /** Returns how many times fewer steps 16 experts need to reach the dense model's final loss. */
  private static double speedUp(Results results, long seed) {
    Series dense = series(results, DENSE, seed);
    Series sparse = series(results, LADDER.get(LADDER.size() - 1), seed);
    int last = dense.values().size() - 1;
    return dense.tokens().get(last) / sparse.tokensTo(dense.values().get(last));
  }

  private static Series series(Results results, String arm, long seed) {
    return Objects.requireNonNull(results.outcome(arm, seed).series().get(RunMeasures.NATS));
  }
}
