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
import org.jmoe.tensor.Seed;

/**
 * V-MoE's noisy router (Riquelme et al. 2021, section 2.1; {@code NoisyTopExpertsPerItemRouter}):
 * {@code softmax(l + N(0, 1) noiseStd / E)} over all experts in training, top-k, not renormalized.
 */
public final class VMoeRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param noiseStd standard deviation of the noise in training, divided by the number of experts
   * @param capacity of the experts
   */
  public record Spec(int k, double noiseStd, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.nonNegative(noiseStd, "noiseStd");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new VMoeRouter(this, dim, experts, seed);
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
                  "vmoe-noisy",
                  "Riquelme et al. 2021, V-MoE",
                  ImmutableMap.of(PresetField.K, 2.0, PresetField.NOISE_STD, 1.0),
                  (v, c) -> new Spec(v.k(), v.number(PresetField.NOISE_STD), c))
              .withCapacity(PublishedCapacity.VMOE, DropOrder.K_MAJOR)
              .withLosses(RouterPreset.VariationFamily.VMOE));

  private final Spec spec;

  private VMoeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    double std = spec.noiseStd() / experts();
    NDArray noisy = GaussianNoise.added(logits, context, std); // (T, E)
    Routing routing = Routing.topK(logits, Ops.softmax(noisy), spec.k(), spec.capacity(), context);
    return GaussianNoise.withNoise(routing, logits, noisy, context, std);
  }
}
