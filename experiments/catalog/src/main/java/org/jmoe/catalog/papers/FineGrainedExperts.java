package org.jmoe.catalog.papers;

import com.google.common.primitives.ImmutableLongArray;
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
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.top2.GShardRouter;
import org.jmoe.routing.top2.SecondExpert;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;
import org.jmoe.training.config.RunConfig;

/** DeepSeekMoE, table 1: hash, learned, fine-grained and shared experts. */
public final class FineGrainedExperts implements Experiment {
  private static final int STEPS = 600;
  private static final int HIDDEN = 128;
  private static final int EXPERTS = 16;
  private static final String DENSE = "dense";
  private static final String HASH = "hash";
  private static final String SWITCH = "switch";
  private static final String GSHARD = "gshard";
  private static final String FINE = "fine";
  private static final String SHARED = "fine-shared";

  @Override
  public String name() {
    return "fine-grained";
  }

  @Override
  public String question() {
    return "At equal total size and cost, do many small experts beat few large ones, and does a"
        + " shared expert help?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Dai et al. 2024, DeepSeekMoE: Towards Ultimate Expert Specialization, ACL, arXiv"
            + " 2401.06066",
        "table 1, Pile loss",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " All mixtures have the parameters of 16 feed-forwards of width 128 in both layers; hash"
        + " and Switch use one of them per token, the others the cost of two: 2 of 16, 8 of 64 of a"
        + " quarter of the width, or one shared expert and 7 of 63 of that width. Balance loss"
        + " 0.01, none for hash, which selects expert id modulo 16; 600 steps. OLMoE (Muennighoff"
        + " et al. 2024, section 4.1) found a shared expert slightly harmful.";
  }

  @Override
  public int minutes() {
    return 12;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    MoeLayer.Spec hash =
        new MoeLayer.Spec(
            EXPERTS,
            new HashRouter.Spec(1, ImmutableLongArray.of(), false, Capacity.dropless()),
            FeedForwardExperts.Spec.relu(HIDDEN));
    MoeLayer.Spec one =
        new MoeLayer.Spec(
            EXPERTS,
            new SwitchRouter.Spec(0, Capacity.dropless()),
            FeedForwardExperts.Spec.relu(HIDDEN));
    MoeLayer.Spec two =
        new MoeLayer.Spec(
            EXPERTS,
            new GShardRouter.Spec(SecondExpert.ALL, 0, 0, Capacity.dropless()),
            FeedForwardExperts.Spec.relu(HIDDEN));
    FeedForwardExperts.Spec small = FeedForwardExperts.Spec.relu(HIDDEN / 4);
    MoeLayer.Spec fine = new MoeLayer.Spec(4 * EXPERTS, TopKRouter.Spec.of(8), small);
    MoeLayer.Spec shared =
        new MoeLayer.Spec(
            4 * EXPERTS - 1,
            TopKRouter.Spec.of(7),
            small,
            new SharedSpec(small, SharedSpec.Mix.SUM));
    return List.of(
        new Arm(DENSE, "one feed-forward", RunTrial.of(TinyLanguage.dense(steps, HIDDEN))),
        new Arm(HASH, "one of 16, by token id", RunTrial.of(TinyLanguage.sparse(steps, hash))),
        new Arm(SWITCH, "one of 16, learned", RunTrial.of(balanced(steps, one))),
        new Arm(GSHARD, "two of 16, learned", RunTrial.of(balanced(steps, two))),
        new Arm(FINE, "8 of 64 of a quarter of the width", RunTrial.of(balanced(steps, fine))),
        new Arm(
            SHARED, "one shared and 7 of 63 of that width", RunTrial.of(balanced(steps, shared))));
  }

  private static RunConfig balanced(int steps, MoeLayer.Spec moe) {
    return TinyLanguage.sparse(steps, moe, new LossTerm(new SwitchBalance(), 0.01));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column(
            RunMeasures.NATS,
            "nats",
            4,
            Map.of(
                DENSE, "2.060",
                HASH, "1.932",
                SWITCH, "1.881",
                GSHARD, "1.867",
                SHARED, "1.808")),
        Column.own(RunMeasures.ACTIVE, "active parameters", 0),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    checks.add(better(results, HASH, DENSE, "0.128"));
    checks.add(better(results, SWITCH, HASH, "0.051"));
    checks.add(better(results, GSHARD, HASH, "0.065"));
    checks.add(
        Check.mean(
            "fine-grained experts beat GShard's (published, with a shared one: by 31 %)",
            "by 10 to 60 % of GShard's gain over the dense model",
            results.over(
                seed ->
                    100
                        * (results.value(GSHARD, seed, RunMeasures.NATS)
                            - results.value(FINE, seed, RunMeasures.NATS))
                        / (results.value(DENSE, seed, RunMeasures.NATS)
                            - results.value(GSHARD, seed, RunMeasures.NATS))),
            1,
            share -> share >= 10 && share <= 60));
    checks.add(
        Check.mean(
                "a shared expert helps (published: yes; OLMoE: slightly worse)",
                "nats of fine minus fine-shared above 0",
                results.difference(FINE, SHARED, RunMeasures.NATS),
                4,
                d -> d > 0)
            .informational());
    return checks;
  }

  private static Check better(Results results, String arm, String than, String published) {
    return Check.everySeed(
        "%s is better than %s (published: by %s)".formatted(arm, than, published),
        "gain above 0 for every seed",
        results.difference(than, arm, RunMeasures.NATS),
        4,
        d -> d > 0);
  }
}
