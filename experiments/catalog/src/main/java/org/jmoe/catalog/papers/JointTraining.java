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
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.ParameterGroup;
import org.jmoe.training.optimizer.Schedule;

/** Gate and experts trained together, or one of them held still for half of the time or for all. */
public final class JointTraining implements Experiment {
  private static final int STEPS = 300; // of each half
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
    return "Must gate and experts be trained together, or may the gate stay as drawn, come later or"
        + " stop early?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "no table of all schedules; a frozen gate late in training is Dai et al. 2022, StableMoE,"
            + " arXiv 2204.08396, a fixed one Roller et al. 2021, Hash Layers, arXiv 2106.04426",
        "sections 3 and 4",
        "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Here the rate is constant after warm-up and training has two halves of 300 steps, the"
        + " second on the text in another order and with new moments in every arm. 8 experts of"
        + " width 128, top-2, balance loss 0.01.";
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
        new Arm(JOINT, "all in both halves", two(config(steps, ""), config(steps, ""))),
        new Arm(
            "gate-never",
            "the gate stays as drawn",
            two(config(steps, ROUTER), config(steps, ROUTER))),
        new Arm(
            "gate-later",
            "the gate in the second half alone",
            two(config(steps, ROUTER), config(steps, ""))),
        new Arm(
            "gate-first",
            "the gate in the first half alone",
            two(config(steps, ""), config(steps, ROUTER))),
        new Arm(
            "apart",
            "experts in the first half, the gate in the second",
            two(config(steps, ROUTER), config(steps, EXPERTS))));
  }

  private static Trial two(RunConfig first, RunConfig second) {
    return new UpcycledTrial(first, second);
  }

  /** With the parameters frozen that the expression finds; none for an empty one. */
  private static RunConfig config(int steps, String frozen) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(8, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.relu(HIDDEN));
    RunConfig config =
        new TinyLanguage(steps, HIDDEN, moe, List.of(new LossTerm(new SwitchBalance(), 0.01)))
            .config(Schedule.Decay.CONSTANT, 6);
    if (frozen.isEmpty()) {
      return config;
    }
    AdamW.Spec usual = config.training().optimizer();
    AdamW.Spec optimizer =
        new AdamW.Spec(
            usual.rate(),
            usual.beta1(),
            usual.beta2(),
            usual.epsilon(),
            usual.decay(),
            usual.clip(),
            List.of(new ParameterGroup(frozen, 1, 1, true)));
    return config.withTraining(RouterStability.withOptimizer(config.training(), optimizer));
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
                        "together is better than " + arm,
                        "nats less those of joint above 0",
                        results.difference(arm, JOINT, RunMeasures.NATS),
                        4,
                        d -> d > 0)
                    .toldOnly())
        .toList();
  }
}
