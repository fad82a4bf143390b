package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * DeepSeek-V3's router (DeepSeek-AI 2024, section 2.1.2, equations 12 to 16; {@code
 * inference/model.py}): {@code s = sigmoid(x W)}; experts are chosen by {@code q = s + b} within
 * the groups with the highest sum of their two largest q; b does not affect the weights. Other
 * groups are masked with minus infinity; Hugging Face up to 4.57 used 0, which wins over a negative
 * q.
 */
public final class DeepSeekV3Router extends BiasedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param groups expert groups
   * @param normalise whether the weights are divided by their sum
   * @param scalingFactor factor on the weights
   * @param updateRate of the bias per optimizer step; 0 for a constant bias
   * @param capacity of the experts
   */
  public record Spec(
      int k,
      Groups groups,
      boolean normalise,
      double scalingFactor,
      double updateRate,
      Capacity capacity)
      implements GroupedSpec {
    /** Checks the numbers. */
    public Spec {
      GroupedSpec.check(k, scalingFactor, updateRate);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      require(experts);
      return new DeepSeekV3Router(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "deepseek-v3",
                  "DeepSeek-AI 2024, DeepSeek-V3 technical report",
                  ImmutableMap.of(
                      PresetField.K,
                      8.0,
                      PresetField.GROUPS,
                      8.0,
                      PresetField.GROUPS_KEPT,
                      4.0,
                      PresetField.NORMALISE,
                      1.0,
                      PresetField.SCALING_FACTOR,
                      2.5,
                      PresetField.UPDATE_RATE,
                      0.001),
                  (v, c) ->
                      new Spec(
                          v.k(),
                          v.groups(),
                          v.on(PresetField.NORMALISE),
                          v.number(PresetField.SCALING_FACTOR),
                          v.number(PresetField.UPDATE_RATE),
                          c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY));

  private final Spec spec;

  private DeepSeekV3Router(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed, BiasUpdate.SIGN, spec.updateRate());
    this.spec = spec;
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = RoutingOps.sigmoid(logits); // (T, E)
    NDArray rank = biased(ps, scores, context.training()); // (T, E)
    int best = Math.min(2, spec.groups().size(scores));
    NDArray choices = spec.groups().top(rank, best, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(
            logits,
            ScoreFunction.SIGMOID.probs(scores),
            choices,
            any -> ScoreFunction.weights(scores, any, spec.normalise(), spec.scalingFactor())),
        spec.capacity(),
        context);
  }
}
