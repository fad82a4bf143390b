package org.jmoe.catalog.papers;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.catalog.trial.UpcycledTrial;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.optimizer.WarmupDecay;

/**
 * Komatsuzaki et al. 2023 and OLMoE: how long an upcycled mixture stays ahead of one trained from
 * scratch.
 */
public final class SparseUpcycling implements Experiment {
  private static final int DENSE_STEPS = 400;
  private static final int SPARSE_STEPS = 600;
  private static final int MEASURED = 20;
  private static final int EXPERTS = 8;
  private static final int HIDDEN = 128;
  private static final String UPCYCLED = "upcycled";
  private static final String SCRATCH = "scratch";

  @Override
  public String name() {
    return "upcycling";
  }

  @Override
  public String question() {
    return "Does an upcycled mixture start at the dense model's loss, and after what fraction of"
        + " the dense training does a mixture trained from scratch catch up?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Komatsuzaki et al. 2023, Sparse Upcycling, ICLR, arXiv 2212.05055; Muennighoff et al."
            + " 2024, OLMoE, arXiv 2409.02060",
        "figure 2 of the first; section 4.1.5 of the second: caught up at 25 % (500 of 2,000"
            + " billion tokens), the first found an advantage up to 120 %",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Here the learning rate is constant after warm-up, so both mixtures can be compared at"
        + " any step. A dense model of width 128 is trained for 400 steps; then 8 copies of each"
        + " feed-forward, top-2 with weights that sum to 1 and a new router, for 600 steps with a"
        + " fresh optimizer state and another data order; the mixture from scratch sees the same"
        + " batches in the same order. Balance loss 0.01. Tokens count from the beginning of the"
        + " second part.";
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
    MoeLayer.Spec moe =
        new MoeLayer.Spec(EXPERTS, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.relu(HIDDEN));
    RunConfig sparse =
        new TinyLanguage(
                budget.steps(SPARSE_STEPS),
                HIDDEN,
                moe,
                List.of(new LossTerm(new SwitchBalance(), 0.01)))
            .config(WarmupDecay.Decay.CONSTANT, MEASURED);
    RunConfig dense =
        TinyLanguage.plain(budget.steps(DENSE_STEPS), HIDDEN)
            .config(WarmupDecay.Decay.CONSTANT, MEASURED);
    return List.of(
        new Arm(UPCYCLED, "upcycled from the dense model", new UpcycledTrial(dense, sparse)),
        new Arm(
            SCRATCH,
            "from scratch, on the same batches",
            (seed, folder, extensions, watch) ->
                RunTrial.of(sparse).run(seed + UpcycledTrial.SECOND, folder, extensions, watch)));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "final nats", 4),
        Column.own(UpcycledTrial.DENSE_NATS, "nats of the dense model", 4),
        Column.own(UpcycledTrial.DIFFERENCE, "maximum logit difference at the start", 7),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    checks.add(
        Check.everySeed(
            "the upcycled mixture computes the same function as the dense model",
            "maximum logit difference at most 0.0001 for every seed",
            results.of(UPCYCLED, UpcycledTrial.DIFFERENCE),
            7,
            d -> d <= 1e-4));
    checks.add(
        Check.everySeed(
            "upcycled is ahead at the first evaluation",
            "nats of scratch minus upcycled above 0 for every seed",
            results.over(
                seed ->
                    series(results, SCRATCH, seed).values().get(0)
                        - series(results, UPCYCLED, seed).values().get(1)),
            3,
            d -> d > 0));
    checks.add(
        Check.everySeed(
            "the mixture from scratch catches up (published: at 25 % and beyond 120 %)",
            "at 10 to 150 % of the dense steps for every seed",
            results.over(seed -> crossing(results, seed)),
            0,
            share -> share >= 10 && share <= 150));
    return checks;
  }

  private static Series series(Results results, String arm, long seed) {
    return Objects.requireNonNull(results.outcome(arm, seed).series().get(RunMeasures.NATS));
  }

  /** Returns the first step at which scratch is no worse, in % of the dense steps; NaN if never. */
  static double crossing(Results results, long seed) {
    Series scratch = series(results, SCRATCH, seed);
    Series upcycled = series(results, UPCYCLED, seed); // plus the initial evaluation
    double last = scratch.tokens().get(scratch.tokens().size() - 1);
    double dense = last * DENSE_STEPS / SPARSE_STEPS;
    for (int i = 0; i < scratch.values().size(); i++) {
      if (scratch.values().get(i) <= upcycled.values().get(i + 1)) {
        return 100 * scratch.tokens().get(i) / dense;
      }
    }
    return Double.NaN;
  }
}
