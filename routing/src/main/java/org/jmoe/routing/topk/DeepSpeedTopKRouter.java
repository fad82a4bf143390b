package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.plan.Survivors;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * DeepSpeed's top-k gate (Microsoft, {@code sharded_moe.topkgating}): top-k of a softmax, with
 * weights divided by their sum after dropping, so that a single kept choice has weight 1. An expert
 * keeps its most probable tokens.
 */
public final class DeepSpeedTopKRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param capacity of the experts
   */
  public record Spec(int k, Capacity capacity) implements TopKSpec {
    /** Checks k and renormalizes surviving choices, which is part of the algorithm. */
    public Spec {
      Checks.k(k);
      capacity = capacity.withSurvivors(Survivors.RENORMALISED);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new DeepSpeedTopKRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "deepspeed-topk",
                  "Rajbhandari et al. 2022, DeepSpeed-MoE: topkgating",
                  ImmutableMap.of(PresetField.K, 2.0),
                  (v, c) -> new Spec(v.k(), c))
              .withCapacity(PublishedCapacity.DEEPSPEED, DropOrder.PROBABILITY));

  private final Spec spec;

  private DeepSpeedTopKRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    return Routing.topK(logits, Ops.softmax(logits), spec.k(), spec.capacity(), context);
  }
}
