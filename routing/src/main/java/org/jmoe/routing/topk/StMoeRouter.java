package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
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
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * The top-n gate of ST-MoE (Zoph et al. 2022, appendix C) as in st-moe-pytorch {@code TopNGating}:
 * the n largest probabilities divided by {@code max(sum, 1e-9)}; experts after the first are kept
 * if {@code U < g / threshold}, before capacity is applied.
 */
public final class StMoeRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param threshold gate above which experts after the first are always kept
   * @param capacity of the experts
   */
  public record Spec(int k, double threshold, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.nonNegative(threshold, "threshold");
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

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "st-moe",
                  "Zoph et al. 2022, ST-MoE (st-moe-pytorch)",
                  ImmutableMap.of(PresetField.K, 2.0, PresetField.THRESHOLD, 0.2),
                  (v, c) -> new Spec(v.k(), v.number(PresetField.THRESHOLD), c))
              .withCapacity(PublishedCapacity.MESH, DropOrder.K_MAJOR));

  private final Spec spec;
  private static final double MIN_SUM = 1e-9;

  private StMoeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray chosen = probs.gather(choices, 1); // (T, K)
    NDArray weights = chosen.div(RoutingOps.clampMin(chosen.sum(new int[] {1}, true), MIN_SUM));
    NDArray probability = Ops.scale(weights, 1 / Math.max(spec.threshold(), MIN_SUM)); // (T, K)
    NDArray discarded = draws(weights, context).gte(probability); // (T, K)
    NDArray later = Ops.positions(choices.get(new NDIndex("0"))).gt(0); // (K)
    NDArray kept =
        RoutingOps.fill(choices, discarded.logicalAnd(later.expandDims(0)), -1); // (T, K)
    return Routing.of(logits, probs, kept, weights, spec.capacity(), context);
  }

  /** Returns one draw per expert, or the given draw of a token for all its experts. */
  private static NDArray draws(NDArray weights, RouterContext context) {
    return context.given() != null && context.given().uniform() != null
        ? context.uniform(weights).expandDims(1)
        : Ops.uniform(weights.stopGradient(), context.seed());
  }
}
