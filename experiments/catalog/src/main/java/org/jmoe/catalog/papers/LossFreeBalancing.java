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
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.layer.LossTerm;

/** Wang et al. 2024: a selection bias compared with a balance loss. */
public final class LossFreeBalancing implements Experiment {
  private static final int STEPS = 500;
  private static final int EXPERTS = 16;
  private static final int K = 2;
  private static final int HIDDEN = 128;
  private static final double AUXILIARY = 0.001;
  private static final String BIAS = "bias";
  private static final String LOSS = "loss";

  @Override
  public String name() {
    return "loss-free";
  }

  @Override
  public String question() {
    return "Does a selection bias balance the load better than a balance loss, at no cost in"
        + " quality?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Wang, Gao, Zhao, Sun and Dai 2024, Auxiliary-Loss-Free Load Balancing Strategy for"
            + " Mixture-of-Experts, arXiv 2408.15664",
        "section 4, tables 2 and 3: the 1B model",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Both layers have 16 experts of width 128, chosen two at a time by sigmoid scores; 500"
        + " steps. The loss is Switch's with weight 0.001, as published. The published update rate"
        + " u = 0.001 is scaled to our smaller number of steps: 0.003, with 0.0001 as the slow and"
        + " 0.1 as the oscillating extreme. MaxVio is computed over all held-out text, with the"
        + " final bias.";
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
    return List.of(
        arm(LOSS, "a balance loss of weight 0.001", 0, budget),
        arm(BIAS, "a bias updated by u = 0.003 per step", 0.003, budget),
        arm("bias-slow", "a bias updated by u = 0.0001 per step", 0.0001, budget),
        arm("bias-fast", "a bias updated by u = 0.1 per step", 0.1, budget),
        arm("nothing", "neither", 0, budget));
  }

  private static Arm arm(String name, String description, double rate, Budget budget) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            EXPERTS,
            new DeepSeekV3Router.Spec(K, Groups.none(), true, 1, rate, Capacity.dropless()),
            FeedForwardExperts.Spec.relu(HIDDEN));
    LossTerm[] losses =
        name.equals(LOSS)
            ? new LossTerm[] {new LossTerm(new SwitchBalance(), AUXILIARY)}
            : new LossTerm[0];
    return new Arm(
        name, description, RunTrial.of(TinyLanguage.sparse(budget.steps(STEPS), moe, losses)));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column(RunMeasures.PERPLEXITY, "perplexity", 3, Map.of(LOSS, "9.56", BIAS, "9.50")),
        new Column(
            RunMeasures.MAX_VIOLATION, "MaxVio (global)", 3, Map.of(LOSS, "0.72", BIAS, "0.04")),
        Column.own(RunMeasures.CV, "CV of the load", 3),
        Column.own(RunMeasures.NATS, "nats", 4));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    checks.add(
        Check.everySeed(
            "the bias balances far better than the loss (published: 1/18)",
            "MaxVio of the bias over that of the loss at most 1/4 for every seed",
            results.over(
                seed ->
                    results.value(BIAS, seed, RunMeasures.MAX_VIOLATION)
                        / results.value(LOSS, seed, RunMeasures.MAX_VIOLATION)),
            3,
            r -> r <= 0.25));
    checks.add(
        Check.mean(
            "at no cost in quality (published: 0.6 % better)",
            "mean perplexity of the bias at most 0.5 % above that of the loss",
            results.over(
                seed ->
                    100
                        * (results.value(BIAS, seed, RunMeasures.PERPLEXITY)
                                / results.value(LOSS, seed, RunMeasures.PERPLEXITY)
                            - 1)),
            3,
            d -> d <= 0.5));
    checks.add(
        Check.mean(
            "too small an update balances too slowly",
            "MaxVio of bias-slow minus bias above 0",
            results.difference("bias-slow", BIAS, RunMeasures.MAX_VIOLATION),
            3,
            d -> d > 0));
    checks.add(
        Check.mean(
            "too large an update oscillates",
            "MaxVio of bias-fast minus bias above 0",
            results.difference("bias-fast", BIAS, RunMeasures.MAX_VIOLATION),
            3,
            d -> d > 0));
    return checks;
  }
}
