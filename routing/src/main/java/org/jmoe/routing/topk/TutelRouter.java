package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
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
import org.jmoe.routing.GaussianNoise;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Tutel's router (Hwang et al. 2023; {@code impls/fast_dispatch.py}): {@code softmax(l + noise N(0,
 * 1) / E)} in training, top-k, weights divided by their sum before dropping if k > 1.
 */
public final class TutelRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param normalise whether the weights are divided by their sum ({@code normalize_gate})
   * @param noiseStd standard deviation of the noise in training, divided by the number of experts
   * @param capacity of the experts
   */
  public record Spec(int k, boolean normalise, double noiseStd, Capacity capacity)
      implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.nonNegative(noiseStd, "noiseStd");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new TutelRouter(this, dim, experts, seed);
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
                  "tutel",
                  "Hwang et al. 2023, Tutel",
                  ImmutableMap.of(
                      PresetField.K, 2.0, PresetField.NORMALISE, 1.0, PresetField.NOISE_STD, 0.0),
                  (v, c) ->
                      new Spec(
                          v.k(), v.on(PresetField.NORMALISE), v.number(PresetField.NOISE_STD), c))
              .withCapacity(PublishedCapacity.TUTEL, DropOrder.K_MAJOR)
              .withLosses(RouterPreset.VariationFamily.TUTEL));

  private final Spec spec;

  private TutelRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    double std = spec.noiseStd() / experts();
    NDArray noisy = GaussianNoise.added(logits, context, std); // (T, E)
    NDArray probs = Ops.softmax(noisy); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray weights = probs.gather(choices, 1); // (T, K)
    if (spec.normalise() && spec.k() > 1) {
      NDArray sum = RoutingOps.clampMin(weights.sum(new int[] {1}, true), Math.ulp(1f)); // (T, 1)
      weights = weights.div(sum);
    }
    Routing routing = Routing.of(logits, probs, choices, weights, spec.capacity(), context);
    return GaussianNoise.withNoise(routing, logits, noisy, context, std);
  }
}
