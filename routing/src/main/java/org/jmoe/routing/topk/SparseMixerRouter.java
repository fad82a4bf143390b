package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.GumbelNoise;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * SparseMixer-v2 (Liu et al. 2024, GRIN, arXiv 2409.12136, section 2; the router of Phi-3.5-MoE,
 * Hugging Face {@code phimoe}): two experts, one after the other, each sampled in training from the
 * softmax of the logits near the largest, and weighted by that softmax. The second softmax excludes
 * the first expert, so the weights do not sum to 1. With probability 3/4, a sampled expert that is
 * not the most likely has a third of its weight, the midpoint of Heun's third-order method, with
 * the gradient of the full softmax.
 *
 * <p>"Near" means {@code (max - l) / max(|l|, max) <= 2 jitter}, a relative distance as in
 * upstream's code; for logits around zero, this excludes nearly all but the largest.
 */
public final class SparseMixerRouter extends GatedRouter {
  private static final double FULL_WEIGHT_THRESHOLD = 0.75;
  // Upstream's constants, which sum to 1.
  private static final double THIRD = 0.3333;
  private static final double REST = 0.6667;

  /**
   * Settings.
   *
   * @param jitter half the relative distance from the largest logit within which experts are
   *     sampled
   * @param capacity of the experts
   */
  public record Spec(double jitter, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(
          jitter >= 0 && Double.isFinite(jitter), "jitter must be at least 0, not %s", jitter);
    }

    /** Phi-3.5-MoE's settings: jitter 0.01 and no capacity limit. */
    public static Spec of() {
      return new Spec(0.01, Capacity.dropless());
    }

    @Override
    public int k() {
      return 2;
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k(), experts);
      return new SparseMixerRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.NOISE);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "phimoe",
                  "Liu et al. 2024, GRIN: SparseMixer-v2 (Phi-3.5-MoE)",
                  ImmutableMap.of(PresetField.JITTER, 0.01),
                  (v, c) -> new Spec(v.number(PresetField.JITTER), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR));

  private final Spec spec;

  private SparseMixerRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDList first = choose(logits, logits, context.child("first"));
    NDArray taken = first.get(0).oneHot(experts(), DataType.BOOLEAN).squeeze(1); // (T, E)
    NDArray others = RoutingOps.fill(logits, taken, Double.NEGATIVE_INFINITY); // (T, E)
    NDList second = choose(logits, others, context.child("second"));
    NDArray choices = first.get(0).concat(second.get(0), 1); // (T, 2)
    NDArray weights = first.get(1).concat(second.get(1), 1); // (T, 2)
    return Routing.of(logits, Ops.softmax(logits), choices, weights, spec.capacity(), context);
  }

  /**
   * Chooses one expert (T, 1) per token, -1 if no logit is left, and its weight (T, 1).
   *
   * @param left (T, E) logits, minus infinity for experts already chosen
   */
  private NDList choose(NDArray logits, NDArray left, RouterContext context) {
    NDArray best = left.stopGradient().max(new int[] {1}, true); // (T, 1)
    NDArray none = best.lt(-Double.MAX_VALUE); // (T, 1)
    NDArray all = logits.stopGradient(); // (T, E)
    NDArray far = best.sub(all).div(all.abs().maximum(best)).gt(2 * spec.jitter()); // (T, E)
    NDArray near = RoutingOps.fill(left, far, Double.NEGATIVE_INFINITY); // (T, E)
    // A row of minus infinities would have a NaN softmax and gradient.
    near = RoutingOps.fill(near, none, 0);
    NDArray noisy = context.training() ? GumbelNoise.added(near, context, true) : near; // (T, E)
    NDArray expert = Ops.top(noisy, 1); // (T, 1)
    NDArray weight = Ops.softmax(near).gather(expert, 1); // (T, 1)
    if (context.training()) {
      NDArray likeliest = expert.eq(Ops.top(near, 1)); // (T, 1)
      NDArray draw = context.uniform(logits).gt(FULL_WEIGHT_THRESHOLD).expandDims(1); // (T, 1)
      weight = scaledWeight(weight, likeliest.logicalOr(draw));
    }
    return new NDList(RoutingOps.fill(expert, none, -1), RoutingOps.fill(weight, none, 0));
  }

  /** Scales weights (T, 1) that are not full to a third, with the gradient of the full weights. */
  private static NDArray scaledWeight(NDArray weight, NDArray full) {
    NDArray share = Ops.scale(Ops.cast(full, weight.getDataType()), REST); // (T, 1)
    NDArray value = weight.mul(Ops.shift(share, THIRD)); // (T, 1)
    return weight.add(value.sub(weight).stopGradient());
  }
}
