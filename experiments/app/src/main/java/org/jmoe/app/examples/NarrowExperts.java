package org.jmoe.app.examples;

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
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;

/** Whether twice as many experts of half the width are better, at equal cost per token. */
public final class NarrowExperts implements Experiment {
  @Override
  public String name() {
    return "narrow-experts";
  }

  @Override
  public String question() {
    return "Are 16 experts of width 32 better than 8 of width 64, at equal cost per token?";
  }

  @Override
  public Paper paper() {
    return new Paper("Dai et al. 2024, DeepSeekMoE, arXiv 2401.06066", "section 3.1", "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD + " Top-2 of 8 or top-4 of 16; balance loss 0.01; 300 steps.";
  }

  @Override
  public int minutes() {
    return 2; // on two idle cores
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    return List.of(arm("wide", budget, 8, 2, 64), arm("narrow", budget, 16, 4, 32));
  }

  private static Arm arm(String name, Budget budget, int experts, int k, int width) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(experts, TopKRouter.Spec.of(k), FeedForwardExperts.Spec.relu(width));
    LossTerm balance = new LossTerm(new SwitchBalance(), 0.01);
    String about = "%d of %d experts of width %d".formatted(k, experts, width);
    return new Arm(name, about, RunTrial.of(TinyLanguage.sparse(budget.steps(300), moe, balance)));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.ACTIVE, "active parameters", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    return List.of(
        Check.mean(
            "narrow experts are better",
            "nats of wide minus narrow above 0",
            results.difference("wide", "narrow", RunMeasures.NATS), // paired by seed
            4,
            gain -> gain > 0));
  }
}
