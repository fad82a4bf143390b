package org.jmoe.routing.top2;

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
import org.jmoe.plan.Survivors;
import org.jmoe.routing.Checks;
import org.jmoe.routing.GumbelNoise;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * DeepSpeed's top-2 gate (Microsoft, {@code sharded_moe.top2gating}): the second expert is the
 * argmax of the logits plus Gumbel noise, without the first. Weights are probabilities without
 * noise, divided by their sum after dropping. Upstream adds the noise to the caller's logits in
 * place.
 */
public final class DeepSpeedTop2Router extends GatedRouter {
  /**
   * Settings.
   *
   * @param sampled whether the second expert is sampled in training
   * @param capacity of the experts
   */
  public record Spec(boolean sampled, Capacity capacity) implements Top2Spec {
    /** Renormalizes surviving choices, which is part of the algorithm. */
    public Spec {
      capacity = capacity.withSurvivors(Survivors.RENORMALISED);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(2, experts);
      return new DeepSpeedTop2Router(this, dim, experts, seed);
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
                  "deepspeed-top2",
                  "Rajbhandari et al. 2022, DeepSpeed-MoE: top2gating",
                  ImmutableMap.of(PresetField.K, 2.0),
                  (v, c) -> new Spec(true, v.only(2, c)))
              .withCapacity(PublishedCapacity.DEEPSPEED, DropOrder.K_MAJOR));

  private final Spec spec;

  private DeepSpeedTop2Router(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray noisy = GumbelNoise.added(logits, context, spec.sampled()); // (T, E)
    NDArray choices = Pair.of(probs, noisy); // (T, 2)
    NDArray weights = probs.gather(choices, 1); // (T, 2)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
