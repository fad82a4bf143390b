package org.jmoe.catalog.papers;

import java.util.List;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.catalog.trial.UpcycledTrial;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.ParameterGroup;
import org.jmoe.training.optimizer.WarmupDecay;

/**
 * Gate and experts trained jointly, or one of them frozen for half of training or for all of it.
 */
public final class JointTraining implements Experiment {
  private static final int STEPS = 300; // per half
  private static final int HIDDEN = 128;
  private static final String JOINT = "joint";
  private static final String ROUTER = "/moe/router/";
  private static final String EXPERTS = "/moe/experts/";

  @Override
  public String name() {
    return "joint";
  }

  @Override
  public String question() {
    return "Must gate and experts be trained jointly, or can the gate stay at its initial weights,"
        + " be trained later or be frozen early?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "no table of all schedules; freezing the gate late in training: Dai et al. 2022, StableMoE,"
            + " arXiv 2204.08396; fixed routing: Roller et al. 2021, Hash Layers, arXiv 2106.04426",
        "sections 3 and 4",
        "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Here the learning rate is constant after warm-up and training has two halves of 300"
        + " steps; in every arm the second uses another data order and a fresh optimizer state. 8"
        + " experts of width 128, top-2, balance loss 0.01.";
  }

  @Override
  public int minutes() {
    return 8;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    return List.of(
        new Arm(JOINT, "everything in both halves", two(config(steps, ""), config(steps, ""))),
        new Arm(
            "gate-never",
            "gate frozen at its initial weights",
            two(config(steps, ROUTER), config(steps, ROUTER))),
        new Arm(
            "gate-later",
            "gate trained in the second half only",
            two(config(steps, ROUTER), config(steps, ""))),
        new Arm(
            "gate-first",
            "gate trained in the first half only",
            two(config(steps, ""), config(steps, ROUTER))),
        new Arm(
            "apart",
            "experts trained in the first half, gate in the second",
            two(config(steps, ROUTER), config(steps, EXPERTS))));
  }

  private static Trial two(RunConfig first, RunConfig second) {
    return new UpcycledTrial(first, second);
  }

  /** Freezes the parameters matched by the expression; none if it is empty. */
  private static RunConfig config(int steps, String frozen) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(8, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.relu(HIDDEN));
    RunConfig config =
        new TinyLanguage(steps, HIDDEN, moe, List.of(new LossTerm(new SwitchBalance(), 0.01)))
            .config(WarmupDecay.Decay.CONSTANT, 6);
    if (frozen.isEmpty()) {
      return config;
    }
    double rate = config.training().optimizer().rate();
    AdamW.Spec optimizer = AdamW.Spec.of(rate).withGroups(new ParameterGroup(frozen, 1, 1, true));
    return config.withTraining(config.training().toBuilder().optimizer(optimizer).build());
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(UpcycledTrial.DENSE_NATS, "nats after the first half", 4),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3));
  }

  @Override
  public List<Check> judge(Results results) {
    return results.arms().stream()
        .filter(arm -> !arm.equals(JOINT))
        .map(
            arm ->
                Check.mean(
                        "joint training is better than " + arm,
                        "nats minus those of joint above 0",
                        results.difference(arm, JOINT, RunMeasures.NATS),
                        4,
                        d -> d > 0)
                    .informational())
        .toList();
  }
}
