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
import org.jmoe.routing.Groups;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * DeepSeek-V2's device-limited router (DeepSeek-AI 2024, section 2.2.2; Hugging Face {@code
 * deepseek_v2}): softmax over all experts; a group is scored by its best expert, and the other
 * groups' scores are set to 0. The weights are the probabilities times a factor, not renormalized.
 */
public final class DeepSeekV2Router extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param groups expert groups
   * @param scalingFactor factor on the weights
   * @param capacity of the experts
   */
  public record Spec(int k, Groups groups, double scalingFactor, Capacity capacity)
      implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.positive(scalingFactor, "scalingFactor");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      groups.require(experts, k);
      return new DeepSeekV2Router(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "deepseek-v2",
                  "DeepSeek-AI 2024, DeepSeek-V2",
                  ImmutableMap.of(
                      PresetField.K,
                      6.0,
                      PresetField.GROUPS,
                      8.0,
                      PresetField.GROUPS_KEPT,
                      3.0,
                      PresetField.SCALING_FACTOR,
                      16.0),
                  (v, c) -> new Spec(v.k(), v.groups(), v.number(PresetField.SCALING_FACTOR), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY));

  private final Spec spec;

  private DeepSeekV2Router(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray limited = spec.groups().limit(probs, 1, 0); // (T, E)
    NDArray choices = Ops.top(limited, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(
            logits, probs, choices, any -> Ops.scale(probs.gather(any, 1), spec.scalingFactor())),
        spec.capacity(),
        context);
  }
}
