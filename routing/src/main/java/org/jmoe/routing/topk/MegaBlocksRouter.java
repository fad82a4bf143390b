package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * MegaBlocks' router (Gale et al. 2022; {@code layers/router.py}): top-k of a softmax, with the k
 * weights optionally divided by their p-norm ({@code moe_normalize_expert_weights}). Upstream
 * computes the softmax in the type of the logits.
 */
public final class MegaBlocksRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param norm order p of the norm; 0 for none
   * @param capacity of the experts
   */
  public record Spec(int k, double norm, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.nonNegative(norm, "p");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new MegaBlocksRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "megablocks",
                  "Gale et al. 2022, MegaBlocks",
                  ImmutableMap.of(PresetField.K, 1.0, PresetField.P, 0.0),
                  (v, c) -> new Spec(v.k(), v.number(PresetField.P), c))
              .withCapacity(PublishedCapacity.MEGABLOCKS, DropOrder.TOKEN_MAJOR));

  private final Spec spec;

  private MegaBlocksRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(logits, probs, choices, any -> weights(probs, any)),
        spec.capacity(),
        context);
  }

  private NDArray weights(NDArray probs, NDArray choices) {
    NDArray weights = probs.gather(choices, 1); // (T, K)
    if (spec.norm() == 1) {
      return weights.div(weights.sum(new int[] {1}, true));
    }
    return spec.norm() > 0 ? weights.div(norm(weights, spec.norm())) : weights;
  }

  /**
   * Returns the p-norm of each row (T, K) as (T, 1). Values are first divided by the largest to
   * avoid underflow; a weight of 0 has a zero gradient, as in {@code torch.norm}.
   */
  private static NDArray norm(NDArray weights, double p) {
    NDArray largest = weights.stopGradient().max(new int[] {1}, true); // (T, 1)
    NDArray share = weights.div(largest); // (T, K)
    NDArray log = RoutingOps.clampMin(share, Float.MIN_NORMAL).log(); // (T, K)
    NDArray powers = RoutingOps.fill(Ops.scale(log, p).exp(), share.lte(0), 0); // (T, K)
    NDArray sum = powers.sum(new int[] {1}, true); // (T, 1)
    return largest.mul(Ops.scale(sum.log(), 1 / p).exp());
  }
}
