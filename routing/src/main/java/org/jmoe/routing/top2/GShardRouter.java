package org.jmoe.routing.top2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.index.NDIndex;
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
import org.jmoe.plan.Survivors;
import org.jmoe.routing.Checks;
import org.jmoe.routing.GumbelNoise;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * GShard's top-2 gate (Lepikhin et al. 2020, algorithm 1), as in lingvo {@code Top2GatingOnLogits}
 * and Mesh TensorFlow: gates {@code g_i / (g_1 + g_2 + 1e-9)}; the second expert is kept with
 * probability {@code min(1, g_2 / threshold)}, before the capacity is applied. The paper uses
 * {@code 2 g_2}. Gates are normalized before dropping, unless the capacity renormalizes surviving
 * choices (lingvo without {@code legacy_mtf_behavior}).
 */
public final class GShardRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param policy use of the second expert
   * @param threshold gate above which the second expert is always kept
   * @param softCap cap c of {@code c tanh(l / c)} before the softmax (Praxis); 0 for none
   * @param capacity of the experts
   */
  public record Spec(SecondExpert policy, double threshold, double softCap, Capacity capacity)
      implements Top2Spec {
    /** Checks the numbers. */
    public Spec {
      Checks.nonNegative(threshold, "threshold");
      Checks.nonNegative(softCap, "softCap");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(2, experts);
      return new GShardRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "gshard",
                  "Lepikhin et al. 2020, GShard (lingvo, Mesh TensorFlow)",
                  ImmutableMap.of(
                      PresetField.K, 2.0, PresetField.THRESHOLD, 0.2, PresetField.NORMALISE, 1.0),
                  GShardRouter::preset)
              .withCapacity(PublishedCapacity.LINGVO, DropOrder.K_MAJOR));

  private static Spec preset(PresetValues v, Capacity c) {
    Capacity capacity = v.only(2, c);
    // lingvo without legacy_mtf_behavior normalizes after dropping.
    Capacity kept =
        v.on(PresetField.NORMALISE) ? capacity : capacity.withSurvivors(Survivors.RENORMALISED);
    return new Spec(SecondExpert.RANDOM, v.number(PresetField.THRESHOLD), 0, kept);
  }

  private final Spec spec;
  private static final double EPSILON = 1e-9;
  private static final double MIN_THRESHOLD = 1e-9;

  private GShardRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray capped = spec.softCap() == 0 ? logits : RoutingOps.softCap(logits, spec.softCap());
    NDArray probs = Ops.softmax(capped); // (T, E)
    boolean sampling = spec.policy() == SecondExpert.SAMPLING;
    NDArray choices = Pair.of(probs, GumbelNoise.added(capped, context, sampling)); // (T, 2)
    NDArray importance = context.importance(); // (T)
    if (importance != null) {
      choices = byImportance(choices, importance);
    }
    NDArray weights = gates(probs, choices); // (T, 2)
    if (spec.policy() == SecondExpert.RANDOM) {
      NDArray second = weights.get(new NDIndex(":, 1")); // (T)
      NDArray probability = Ops.scale(second, 1 / Math.max(spec.threshold(), MIN_THRESHOLD)); // (T)
      choices = Pair.without(choices, context.uniform(logits).gte(probability));
    }
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }

  private NDArray gates(NDArray probs, NDArray choices) {
    NDArray none = choices.lt(0); // (T, 2)
    NDArray gates =
        RoutingOps.fill(probs.gather(RoutingOps.negativesToZero(choices), 1), none, 0); // (T, 2)
    return spec.capacity().survivors() == Survivors.RENORMALISED
        ? gates
        : gates.div(Ops.shift(gates.sum(new int[] {1}, true), EPSILON));
  }

  /**
   * Applies the importance of an outer gate (Mesh TensorFlow {@code transformer_moe_layer_v2}):
   * tokens of importance 1 have two choices; less important tokens have only their best expert,
   * after all first choices, so that they are dropped first; tokens of importance 0 have none.
   */
  private static NDArray byImportance(NDArray choices, NDArray importance) {
    NDArray first = choices.get(new NDIndex(":, 0:1")); // (T, 1)
    NDArray second = choices.get(new NDIndex(":, 1:2")); // (T, 1)
    NDArray less = importance.lt(1).expandDims(1); // (T, 1)
    NDArray none = importance.lte(0).expandDims(1); // (T, 1)
    NDArray later = RoutingOps.fill(NDArrays.where(less, first, second), none, -1); // (T, 1)
    return RoutingOps.fill(first, less, -1).concat(later, 1);
  }
}
