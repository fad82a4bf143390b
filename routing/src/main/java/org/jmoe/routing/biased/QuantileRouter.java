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
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.BiasedTopKSpec;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Quantile balancing (Megatron-LM {@code moe_utils.qb_dual_update}): experts are chosen by {@code l
 * - beta}, where beta_e is the quantile of {@code l - alpha} that gives expert e its share of the
 * tokens, and alpha_t is the threshold of token t's choices. The weights are a softmax over the
 * chosen logits. Once per optimizer step, beta moves to the mean of the micro-batches' quantiles:
 * {@code beta = d beta + (1 - d) mean}; d is 0 unless upstream's moving average is on. Padding is
 * excluded; expert groups are not supported.
 */
public final class QuantileRouter extends ScoringRouter implements Adaptive {
  /**
   * Settings.
   *
   * @param k experts per token, less than E
   * @param decay d, share of the former beta per optimizer step, in [0, 1); 0 for no average
   * @param capacity of the experts
   */
  public record Spec(int k, double decay, Capacity capacity) implements BiasedTopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(
          decay >= 0 && decay < 1, "decay must be at least 0 and below 1, not %s", decay);
    }

    /** Creates settings without a moving average. */
    public Spec(int k, Capacity capacity) {
      this(k, 0, capacity);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Preconditions.checkArgument(
          k < experts,
          "quantile balancing requires k below experts = %s, not %s, because the threshold is the"
              + " first expert not chosen",
          experts,
          k);
      return new QuantileRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.ADAPTS_TO_SCORES);
    }

    @Override
    public int largestK(int experts) {
      return experts - 1;
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "quantile",
                  "NVIDIA, Megatron-LM: quantile balancing",
                  ImmutableMap.of(PresetField.K, 2.0, PresetField.DECAY, 0.0),
                  (v, c) -> new Spec(v.k(), v.number(PresetField.DECAY), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY));

  private final Spec spec;
  private final Parameter beta; // (E)

  private QuantileRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
    beta = state("bias", new Shape(experts));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray value = castValue(ps, beta, logits, context.training()); // (E)
    NDArray shifted = logits.stopGradient().sub(value); // (T, E)
    NDArray choices = Ops.top(shifted, spec.k()); // (T, K)
    NDArray weights = Ops.softmax(logits.gather(choices, 1)); // (T, K)
    return Routing.of(logits, Ops.softmax(logits), choices, weights, spec.capacity(), context);
  }

  /**
   * Returns the quantiles (E) of one micro-batch with T real tokens: per column, the value after
   * the {@code floor(T k / E)} largest. Without real tokens, beta is unchanged.
   */
  @Override
  public NDArray observe(RoutingSignals signals) {
    NDArray logits = Ops.cast(signals.logits().stopGradient(), DataType.FLOAT64); // (T, E)
    NDArray padding = signals.padding(); // (T)
    long tokens = signals.realTokens();
    if (tokens == 0) {
      return Ops.cast(RoutingOps.castLike(logits, beta.getArray()), DataType.FLOAT64);
    }
    if (padding != null) {
      logits = Ops.fillRows(logits, padding, Double.NEGATIVE_INFINITY);
    }
    long share = tokens * spec.k() / experts();
    NDArray old = RoutingOps.castLike(logits, beta.getArray()); // (E)
    NDArray ranked = Ops.stableSort(logits.sub(old), true).get(0); // (T, E)
    NDArray alpha = ranked.get(new NDIndex(":, {}:{}", spec.k(), spec.k() + 1)); // (T, 1)
    NDArray over = logits.sub(alpha); // (T, E)
    if (padding != null) {
      over = Ops.fillRows(over, padding, Double.NEGATIVE_INFINITY);
    }
    NDArray columns = Ops.stableSort(over.transpose(), true).get(0); // (E, T)
    return columns.get(new NDIndex(":, {}", share));
  }

  @Override
  public void adapt(NDArray total, int microBatches) {
    NDArray mean = Ops.scale(Ops.cast(total, DataType.FLOAT64), 1.0 / microBatches); // (E)
    if (spec.decay() > 0) {
      NDArray old = Ops.cast(RoutingOps.castLike(mean, beta.getArray()), DataType.FLOAT64); // (E)
      mean = Ops.scale(mean, 1 - spec.decay()).add(Ops.scale(old, spec.decay()));
    }
    BiasState.set(beta, mean);
  }
}
