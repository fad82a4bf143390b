package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Top-k of a softmax over all experts, as in Mixtral (Jiang et al. 2024, section 2.1), Qwen-MoE and
 * OLMoE: {@code P = softmax(x W)}; the weights are the k largest of P, optionally divided by their
 * sum.
 */
public final class TopKRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param normalise whether the k weights sum to 1 (always in Mixtral; {@code norm_topk_prob} in
   *     Qwen and OLMoE)
   * @param scalingFactor factor on the weights
   * @param capacity of the experts
   */
  public record Spec(int k, boolean normalise, double scalingFactor, Capacity capacity)
      implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.positive(scalingFactor, "scalingFactor");
    }

    /** Creates settings without a scaling factor. */
    public Spec(int k, boolean normalise, Capacity capacity) {
      this(k, normalise, 1, capacity);
    }

    /** Mixtral's settings: normalized weights, no capacity limit. */
    public static Spec of(int k) {
      return new Spec(k, true, Capacity.dropless());
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new TopKRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          preset("mixtral", "Jiang et al. 2024, Mixtral of Experts", 2, true),
          preset("qwen3", "Yang et al. 2025, Qwen3 technical report", 8, true),
          preset("olmoe", "Muennighoff et al. 2024, OLMoE", 8, false));

  private static RouterPreset preset(String name, String paper, int k, boolean normalise) {
    return RouterPreset.of(
            name,
            paper,
            ImmutableMap.of(
                PresetField.K,
                (double) k,
                PresetField.NORMALISE,
                normalise ? 1.0 : 0.0,
                PresetField.SCALING_FACTOR,
                1.0),
            (v, c) ->
                new Spec(
                    v.k(), v.on(PresetField.NORMALISE), v.number(PresetField.SCALING_FACTOR), c))
        .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR);
  }

  private final Spec spec;

  private TopKRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(logits, probs, choices, any -> weights(probs, any)),
        spec.capacity(),
        context);
  }

  private NDArray weights(NDArray probs, NDArray choices) {
    NDArray weights = probs.gather(choices, 1); // (T, K)
    if (spec.normalise()) {
      // No epsilon: MixtralTopKRouter divides by the plain sum.
      weights = weights.div(weights.sum(new int[] {1}, true)); // (T, K)
    }
    return spec.scalingFactor() == 1 ? weights : Ops.scale(weights, spec.scalingFactor());
  }
}
