package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Seed;

/**
 * torchtitan's token-choice router (PyTorch, {@code models/common/moe.py}): sigmoid or softmax
 * scores, a selection bias, groups scored by the sum of their two best experts, and weights
 * optionally divided by their sum, even for k = 1. The bias update is centered.
 */
public final class TorchTitanRouter extends BiasedRouter {
  /**
   * Settings.
   *
   * @param score score function
   * @param k experts per token
   * @param groups expert groups
   * @param normalise whether the weights are divided by their sum ({@code route_norm})
   * @param scalingFactor factor on the weights
   * @param updateRate of the bias per optimizer step; 0 for a constant bias
   * @param capacity of the experts
   */
  public record Spec(
      ScoreFunction score,
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
      Preconditions.checkArgument(
          groups.kept() == groups.count() || experts / groups.count() >= 2,
          "each of the groups = %s must have at least 2 of the %s experts",
          groups.count(),
          experts);
      return new TorchTitanRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "torchtitan",
              "PyTorch, torchtitan models/common/moe.py",
              ImmutableMap.of(
                  PresetField.K,
                  1.0,
                  PresetField.GROUPS,
                  1.0,
                  PresetField.GROUPS_KEPT,
                  1.0,
                  PresetField.NORMALISE,
                  0.0,
                  PresetField.SCALING_FACTOR,
                  1.0,
                  PresetField.UPDATE_RATE,
                  0.001),
              (v, c) ->
                  new Spec(
                      ScoreFunction.SIGMOID,
                      v.k(),
                      v.groups(),
                      v.on(PresetField.NORMALISE),
                      v.number(PresetField.SCALING_FACTOR),
                      v.number(PresetField.UPDATE_RATE),
                      c)));

  private final Spec spec;

  private TorchTitanRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed, BiasUpdate.CENTRED_SIGN, spec.updateRate());
    this.spec = spec;
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = spec.score().scores(logits); // (T, E)
    NDArray rank = biased(ps, scores, context.training()); // (T, E)
    NDArray choices = spec.groups().top(rank, 2, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(
            logits,
            spec.score().probs(scores),
            choices,
            any -> ScoreFunction.weights(scores, any, spec.normalise(), spec.scalingFactor())),
        spec.capacity(),
        context);
  }
}
