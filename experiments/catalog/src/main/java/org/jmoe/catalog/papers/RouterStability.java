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
import org.jmoe.catalog.trial.LogitSizeProbe;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.optimizer.AdamW;

/** ST-MoE, tables 1 to 4: what keeps training stable, and at what cost. */
public final class RouterStability implements Experiment {
  private static final int STEPS = 300;
  private static final int EXPERTS = 8;
  private static final int HIDDEN = 128;
  private static final double RATE = 2e-2;
  private static final double STABLE = 0.5;
  private static final String BASELINE = "baseline";
  private static final String ZLOSS = "z-loss";
  private static final String CLIPPED = "clipped-0.1";

  @Override
  public String name() {
    return "stability";
  }

  @Override
  public String question() {
    return "Does the router z-loss make training more stable at no cost in quality, while noise,"
        + " dropout and clipping lose some?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Zoph et al. 2022, ST-MoE: Designing Stable and Transferable Sparse Expert Models, arXiv"
            + " 2202.08906",
        "section 3, tables of stability and quality",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Both layers have 8 experts of width 128, top-1; balance loss 0.01; 300 steps. To"
        + " provoke instability the learning rate is 0.02, about seven times what the other"
        + " experiments use, and gradients are clipped in only one arm, where a global norm of 0.1"
        + " replaces the published update clipping. A run is stable if the ten-step mean of the"
        + " training loss never rises 0.5 nats above its running minimum. Published quality is a"
        + " log perplexity with the sign flipped.";
  }

  @Override
  public int minutes() {
    return 9;
  }

  @Override
  public int seeds() {
    return 6;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    return List.of(
        arm(BASELINE, "nothing", tiny(steps, 0)),
        arm("jitter-0.01", "gate input multiplied by U[0.99, 1.01]", tiny(steps, 0.01)),
        arm("dropout-0.1", "dropout of 0.1 in every block", dropout(tiny(steps, 0), 0.1)),
        arm(CLIPPED, "gradients clipped to a norm of 0.1", clipped(tiny(steps, 0), 0.1)),
        arm(ZLOSS, "router z-loss of 0.001", tiny(steps, 0, new LossTerm(new RouterZ(), 0.001))));
  }

  private static Arm arm(String name, String description, RunConfig config) {
    return new Arm(name, description, RunTrial.probed(config, LogitSizeProbe::new));
  }

  /** Returns the model without gradient clipping. */
  private static RunConfig tiny(int steps, double jitter, LossTerm... more) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            EXPERTS,
            new SwitchRouter.Spec(jitter, Capacity.dropless()),
            FeedForwardExperts.Spec.relu(HIDDEN));
    List<LossTerm> losses = new ArrayList<>();
    losses.add(new LossTerm(new SwitchBalance(), 0.01));
    losses.addAll(List.of(more));
    return clipped(TinyLanguage.sparse(steps, moe, losses.toArray(LossTerm[]::new)), 0);
  }

  private static RunConfig dropout(RunConfig config, double rate) {
    return config.withModel(config.model().toBuilder().dropout(rate).build());
  }

  private static RunConfig clipped(RunConfig config, double norm) {
    AdamW.Spec optimizer = AdamW.Spec.of(RATE).withClip(norm);
    return config.withTraining(config.training().toBuilder().optimizer(optimizer).build());
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column(
            RunMeasures.NATS,
            "nats",
            4,
            Map.of(
                BASELINE,
                "1.755 ± 0.02",
                "jitter-0.01",
                "1.777 ± 0.03",
                "dropout-0.1",
                "1.822 ± 0.11",
                CLIPPED,
                "4.206 ± 0.17",
                ZLOSS,
                "1.741 ± 0.02")),
        Column.own(RunMeasures.SPIKE, "largest spike, nats", 3),
        Column.own(RunMeasures.DIVERGED, "diverged", 2),
        Column.own(LogitSizeProbe.SIZE, "mean squared log-sum-exp", 2));
  }

  private static double stable(Results results, String arm) {
    return results
        .over(
            seed ->
                results.value(arm, seed, RunMeasures.DIVERGED) == 0
                        && results.value(arm, seed, RunMeasures.SPIKE) <= STABLE
                    ? 1
                    : 0)
        .mean();
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    checks.add(
        new Check(
            "the z-loss is at least as stable (published: 3 of 3 against 4 of 6)",
            "fraction of stable runs at least the baseline's",
            "%.2f vs. %.2f".formatted(stable(results, ZLOSS), stable(results, BASELINE)),
            stable(results, ZLOSS) >= stable(results, BASELINE),
            true));
    checks.add(
        Check.mean(
            "the z-loss costs no quality (published: gains 0.014)",
            "nats of z-loss minus baseline at most 0.01",
            results.difference(ZLOSS, BASELINE, RunMeasures.NATS),
            4,
            d -> d <= 0.01));
    if (results.has(ZLOSS, LogitSizeProbe.SIZE) && results.has(BASELINE, LogitSizeProbe.SIZE)) {
      checks.add(
          Check.mean(
              "the z-loss keeps the logits small",
              "mean squared log-sum-exp of the baseline over that of the z-loss at least 3",
              results.over(
                  seed ->
                      results.value(BASELINE, seed, LogitSizeProbe.SIZE)
                          / results.value(ZLOSS, seed, LogitSizeProbe.SIZE)),
              1,
              r -> r >= 3));
    }
    double worst =
        results.arms().stream()
            .filter(a -> !a.equals(CLIPPED))
            .mapToDouble(a -> results.of(a, RunMeasures.NATS).mean())
            .max()
            .orElse(Double.NaN);
    checks.add(
        Check.number(
            "clipping is clearly the worst in quality (published: by 2.4)",
            "its nats minus those of the worst other arm above 0.05",
            results.of(CLIPPED, RunMeasures.NATS).mean() - worst,
            4,
            d -> d > 0.05));
    return checks;
  }
}
