package org.jmoe.routing.top2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import com.google.common.base.Ascii;
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
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * NLLB's top-2 gate (NLLB Team 2022, section 6.2; fairseq {@code top2gate.py}, Hugging Face {@code
 * NllbMoeTop2Router}): the second expert is kept if {@code 2 g_2 > U}, or sampled with Gumbel
 * noise, or always kept; weights are normalized after or before dropping. The random policy uses
 * the unnormalized {@code g_2} (Hugging Face), or the normalized one if normalization precedes
 * dropping (fairseq). Hugging Face's sampling modifies the caller's logits.
 */
public final class NllbRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param policy use of the second expert
   * @param normaliseBefore whether weights are divided by their sum before dropping
   * @param capacity of the experts
   */
  public record Spec(SecondExpert policy, boolean normaliseBefore, Capacity capacity)
      implements Top2Spec {
    /** Renormalizes surviving choices unless weights are normalized before dropping. */
    public Spec {
      capacity =
          capacity.withSurvivors(normaliseBefore ? Survivors.UNCHANGED : Survivors.RENORMALISED);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(2, experts);
      return new NllbRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return switch (policy) {
        case ALL -> ImmutableSet.of();
        case RANDOM -> ImmutableSet.of(RouterTrait.COUPLED);
        case SAMPLING -> ImmutableSet.of(RouterTrait.COUPLED, RouterTrait.NOISE);
      };
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          preset(SecondExpert.RANDOM), preset(SecondExpert.SAMPLING), preset(SecondExpert.ALL));

  private static RouterPreset preset(SecondExpert policy) {
    String second = Ascii.toLowerCase(policy.name());
    return RouterPreset.of(
            "nllb-" + second,
            "NLLB Team 2022, No Language Left Behind, second expert: " + second,
            ImmutableMap.of(PresetField.K, 2.0, PresetField.NORMALISE, 0.0),
            (v, c) -> new Spec(policy, v.on(PresetField.NORMALISE), v.only(2, c)))
        .withCapacity(PublishedCapacity.FAIRSEQ_TOP2, DropOrder.K_MAJOR);
  }

  private final Spec spec;

  private NllbRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    boolean sampling = spec.policy() == SecondExpert.SAMPLING;
    NDArray choices = Pair.of(probs, GumbelNoise.added(logits, context, sampling)); // (T, 2)
    NDArray weights = probs.gather(choices, 1); // (T, 2)
    if (spec.normaliseBefore()) {
      NDArray sum = RoutingOps.clampMin(weights.sum(new int[] {1}, true), Math.ulp(1f)); // (T, 1)
      weights = weights.div(sum);
    }
    if (spec.policy() == SecondExpert.RANDOM) {
      NDArray second = weights.get(new NDIndex(":, 1")); // (T)
      choices = Pair.without(choices, Ops.scale(second, 2).lte(context.uniform(logits)));
    }
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
