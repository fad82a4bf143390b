package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Adaptive;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Expert Threshold routing (Sun et al. 2026, arXiv 2603.11535, section 3; {@code
 * src/models/engines/common.py}): an expert takes each token whose logit reaches the expert's
 * cutoff, with weight sigmoid(logit). The cutoff is a moving average of the logit that the {@code
 * floor(T k / E)}-th best token of a batch has, corrected for its start like Adam's moments and
 * updated once per optimizer step with the mean over micro-batches. For the first steps, experts
 * choose that many tokens of the batch in training. Causal after this warmup.
 *
 * <p>The paper decays by 0.999, the code by 0.99 unless configured. The code's limits on the tokens
 * per expert, which bound memory in training, are left to {@link Capacity}.
 */
public final class ExpertThresholdRouter extends ScoringRouter implements Adaptive {
  /**
   * Settings.
   *
   * @param k mean number of experts per token that the cutoffs target
   * @param decay share of the former cutoff per optimizer step, in [0, 1)
   * @param warmup number of optimizer steps in which experts choose tokens; 4000 upstream, 0 for
   *     none
   * @param capacity of the experts
   */
  public record Spec(int k, double decay, int warmup, Capacity capacity) implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(
          decay >= 0 && decay < 1, "decay must be at least 0 and below 1, not %s", decay);
      Preconditions.checkArgument(warmup >= 0, "warmup must be at least 0, not %s", warmup);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new ExpertThresholdRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return experts;
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact(dim + 1L, experts) + 1;
    }

    @Override
    public boolean causal() {
      return warmup == 0 && capacity.causal(2);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.ADAPTS_TO_SCORES);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "expert-threshold",
              "Sun et al. 2026, Expert Threshold Routing",
              ImmutableMap.of(PresetField.K, 1.0, PresetField.DECAY, 0.99),
              (v, c) -> new Spec(v.k(), v.number(PresetField.DECAY), 0, c)));

  private final Spec spec;
  private final Parameter cutoffs; // (E)
  private final Parameter updates; // (1)

  private ExpertThresholdRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
    cutoffs = state("bias", new Shape(experts));
    updates = state("updates", new Shape(1));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = RoutingOps.sigmoid(logits); // (T, E)
    boolean choose = context.training() && done() < spec.warmup();
    NDArray cutoff = // (E)
        choose
            ? targets(real(logits, context.padding()), realTokens(context.padding(), logits))
            : castValue(ps, cutoffs, logits, context.training());
    NDArray ranked = Ops.top(scores, experts()); // (T, E)
    NDArray below = logits.stopGradient().lt(cutoff); // (T, E)
    NDArray off = Ops.cast(below, DataType.INT64).gather(ranked, 1).gt(0); // (T, E)
    NDArray choices = RoutingOps.fill(ranked, off, -1); // (T, E)
    NDArray weights = RoutingOps.fill(scores.gather(ranked, 1), off, 0); // (T, E)
    NDArray probs = ScoreFunction.normalised(scores); // (T, E)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }

  private double done() {
    return Ops.sum(updates.getArray());
  }

  private static long realTokens(@Nullable NDArray padding, NDArray rows) {
    long tokens = rows.getShape().get(0);
    return padding == null ? tokens : tokens - padding.sum().getLong();
  }

  private static NDArray real(NDArray logits, @Nullable NDArray padding) {
    NDArray fixed = logits.stopGradient(); // (T, E)
    return padding == null ? fixed : Ops.fillRows(fixed, padding, Double.NEGATIVE_INFINITY);
  }

  /** Returns the logit of the last token that each expert should take, (E). */
  private NDArray targets(NDArray logits, long tokens) {
    long wanted = Math.max(1, tokens * spec.k() / experts());
    NDArray columns = Ops.stableSort(logits.transpose(), true).get(0); // (E, T)
    return columns.get(new NDIndex(":, {}", wanted - 1));
  }

  /** Returns the logits (E) that the cutoffs should have for one micro-batch. */
  @Override
  public NDArray observe(RoutingSignals signals) {
    NDArray logits = Ops.cast(signals.logits().stopGradient(), DataType.FLOAT64); // (T, E)
    long tokens = signals.realTokens();
    return tokens == 0
        ? Ops.cast(RoutingOps.castLike(logits, cutoffs.getArray()), DataType.FLOAT64)
        : targets(real(logits, signals.padding()), tokens);
  }

  @Override
  public void adapt(NDArray total, int microBatches) {
    double before = done();
    double kept = spec.decay() * (1 - Math.pow(spec.decay(), before));
    double all = 1 - Math.pow(spec.decay(), before + 1);
    try (NDArray mean = Ops.scale(Ops.cast(total, DataType.FLOAT64), 1.0 / microBatches);
        NDArray old = Ops.cast(cutoffs.getArray(), DataType.FLOAT64);
        NDArray sum = Ops.scale(old, kept).add(Ops.scale(mean, 1 - spec.decay()));
        NDArray cutoff = Ops.scale(sum, 1 / all);
        NDArray count = Ops.shift(updates.getArray(), 1)) {
      BiasState.set(cutoffs, cutoff);
      BiasState.set(updates, count);
    }
  }
}
