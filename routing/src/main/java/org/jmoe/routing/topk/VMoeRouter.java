package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.GaussianNoise;
import org.jmoe.routing.TopKSpec;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * V-MoE's noisy router (Riquelme et al. 2021, section 2.1; {@code NoisyTopExpertsPerItemRouter}):
 * {@code softmax(l + N(0, 1) noiseStd / E)} over all experts while training, top-k, not
 * renormalised.
 */
public final class VMoeRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts a token
   * @param noiseStd deviation of the noise while training, divided by the number of experts
   * @param capacity how many tokens an expert takes
   */
  public record Spec(int k, double noiseStd, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.deviation(noiseStd, "noiseStd");
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

  private final Spec spec;

  private VMoeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    double deviation = spec.noiseStd() / experts();
    NDArray noisy = GaussianNoise.added(logits, context, deviation); // (T, E)
    Routing routing = Routing.topK(logits, Ops.softmax(noisy), spec.k(), spec.capacity(), context);
    return GaussianNoise.told(routing, logits, noisy, context, deviation);
  }
}
