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
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Megatron-LM's top-k router (NVIDIA, {@code moe_utils.topk_routing_with_score_function}): softmax
 * over the k chosen logits by default, or over all experts before the choice, or independent scores
 * with a selection bias. The score of a group is the sum of its {@code k / groupsKept} best experts
 * ({@code group_limited_topk}), which equals DeepSeek-V3's only if that quotient is 2.
 */
public final class MegatronRouter extends BiasedRouter {
  /**
   * Settings.
   *
   * @param score score function
   * @param preSoftmax whether the softmax is over all experts, before the choice
   * @param k experts per token
   * @param groups expert groups
   * @param scalingFactor factor on the weights
   * @param updateRate of the bias per optimizer step; 0 for a constant bias
   * @param capacity of the experts
   */
  public record Spec(
      ScoreFunction score,
      boolean preSoftmax,
      int k,
      Groups groups,
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
      int best = Math.max(1, k / groups.kept());
      Preconditions.checkArgument(
          best <= experts / groups.count(),
          "k / groupsKept = %s exceeds the %s experts of a group",
          best,
          experts / groups.count());
      return new MegatronRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          plain("softmax", "softmax over the chosen logits", false),
          plain("pre-softmax", "softmax before the choice", true),
          biased("sigmoid", "sigmoid scores with expert bias", ScoreFunction.SIGMOID, 2, 1, 1),
          biased(
              "sqrtsoftplus",
              "sqrtsoftplus scores with expert bias",
              ScoreFunction.SQRT_SOFTPLUS,
              2,
              1,
              1),
          biased(
              "group-limited",
              "group-limited top-k of sigmoid scores",
              ScoreFunction.SIGMOID,
              8,
              8,
              4));

  private static RouterPreset plain(String name, String rule, boolean preSoftmax) {
    return preset(name, rule, fields(2, 1, 1).buildOrThrow(), ScoreFunction.SOFTMAX, preSoftmax);
  }

  private static RouterPreset biased(
      String name, String rule, ScoreFunction score, int k, int groups, int kept) {
    ImmutableMap.Builder<PresetField, Double> fields = fields(k, groups, kept);
    fields.put(PresetField.UPDATE_RATE, 0.001);
    return preset(name, rule, fields.buildOrThrow(), score, false);
  }

  private static ImmutableMap.Builder<PresetField, Double> fields(int k, int groups, int kept) {
    return ImmutableMap.<PresetField, Double>builder()
        .put(PresetField.K, (double) k)
        .put(PresetField.GROUPS, (double) groups)
        .put(PresetField.GROUPS_KEPT, (double) kept)
        .put(PresetField.SCALING_FACTOR, 1.0);
  }

  private static RouterPreset preset(
      String name,
      String rule,
      ImmutableMap<PresetField, Double> fields,
      ScoreFunction score,
      boolean preSoftmax) {
    return RouterPreset.of(
            "megatron-" + name,
            "NVIDIA, Megatron-LM: " + rule,
            fields,
            (v, c) -> {
              double rate = score == ScoreFunction.SOFTMAX ? 0 : v.number(PresetField.UPDATE_RATE);
              double scaling = v.number(PresetField.SCALING_FACTOR);
              return new Spec(score, preSoftmax, v.k(), v.groups(), scaling, rate, c);
            })
        .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY);
  }

  private final Spec spec;

  private MegatronRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed, BiasUpdate.SIGN, spec.updateRate());
    this.spec = spec;
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    boolean softmax = spec.score() == ScoreFunction.SOFTMAX;
    NDArray scores = softmax && !spec.preSoftmax() ? logits : spec.score().scores(logits); // (T, E)
    NDArray rank = softmax ? scores : biased(ps, scores, context.training()); // (T, E)
    int best = Math.max(1, spec.k() / spec.groups().kept());
    NDArray choices = spec.groups().top(rank, best, spec.k()); // (T, K)
    NDArray probs = softmax ? Ops.softmax(logits) : spec.score().probs(scores); // (T, E)
    return Routing.of(
        Selection.weighed(logits, probs, choices, any -> weights(scores, any)),
        spec.capacity(),
        context);
  }

  private NDArray weights(NDArray scores, NDArray choices) {
    boolean softmax = spec.score() == ScoreFunction.SOFTMAX;
    return softmax && !spec.preSoftmax()
        ? Ops.scale(Ops.softmax(scores.gather(choices, 1)), spec.scalingFactor()) // (T, K)
        : ScoreFunction.weights(scores, choices, !softmax && spec.k() > 1, spec.scalingFactor());
  }
}
