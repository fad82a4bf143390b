package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * The top-n gate of ST-MoE (Zoph et al. 2022, appendix C) as st-moe-pytorch {@code TopNGating} has
 * it: the n largest probabilities divided by {@code max(their sum, 1e-9)}; an expert after the
 * first is kept where {@code U < g / threshold}, drawn before places are counted.
 */
public final class StMoeRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts a token
   * @param threshold gate from which an expert after the first is always kept
   * @param capacity how many tokens an expert takes
   */
  public record Spec(int k, double threshold, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.deviation(threshold, "threshold");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new StMoeRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED);
    }
  }

  private final Spec spec;
  private static final double LEAST = 1e-9;

  private StMoeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray chosen = probs.gather(choices, 1); // (T, K)
    NDArray weights = chosen.div(RoutingOps.clampMin(chosen.sum(new int[] {1}, true), LEAST));
    NDArray chance = Ops.scale(weights, 1 / Math.max(spec.threshold(), LEAST)); // (T, K)
    NDArray refused = draws(weights, context).gte(chance); // (T, K)
    NDArray later = Ops.positions(choices.get(new NDIndex("0"))).gt(0); // (K)
    NDArray kept = RoutingOps.fill(choices, refused.logicalAnd(later.expandDims(0)), -1); // (T, K)
    return Routing.of(logits, probs, kept, weights, spec.capacity(), context);
  }

  /** One draw an expert, or the given one of a token for all its experts. */
  private static NDArray draws(NDArray weights, RouterContext context) {
    return context.given() != null && context.given().uniform() != null
        ? context.uniform(weights).expandDims(1)
        : Ops.uniform(weights.stopGradient(), context.seed());
  }
}
