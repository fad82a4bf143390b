package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * DenseMixer (Yao et al. 2025; {@code densemixer/models/olmoe_custom.py}): outputs are those of
 * softmax top-k, but in training every expert computes every token, and the router gets the
 * gradient of the dense mixture, straight through the top-k. Experts and tokens get gradients from
 * the chosen experts only. With normalized weights, the gradient is that of the chosen weights, and
 * of the others divided by the constant sum of the chosen ones, as in the authors' code; their text
 * has the straight-through form without this factor. Evaluation is plain top-k.
 */
public final class DenseMixerRouter extends GatedRouter {
  private static final double MIN_SUM = 1e-20;

  /**
   * Settings.
   *
   * @param k experts per token in the output
   * @param normalise whether the k weights sum to 1
   */
  public record Spec(int k, boolean normalise) implements RouterSpec {
    /** Checks k. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new DenseMixerRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.STRAIGHT_THROUGH);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "densemixer",
              "Yao et al. 2025, DenseMixer",
              ImmutableMap.of(PresetField.K, 8.0, PresetField.NORMALISE, 0.0),
              (v, c) -> new Spec(v.k(), v.on(PresetField.NORMALISE))));

  private final Spec spec;

  private DenseMixerRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray chosen = probs.gather(choices, 1); // (T, K)
    NDArray weights = // (T, K)
        spec.normalise() ? chosen.div(chosen.sum(new int[] {1}, true)) : chosen;
    Routing sparse = Routing.of(logits, probs, choices, weights, Capacity.dropless(), context);
    return context.training()
        ? new Routing(everyExpert(sparse.signals()), sparse.signals())
        : sparse;
  }

  /** Returns a plan of all experts in which those not chosen have a weight of 0 with a gradient. */
  private GroupedPlan everyExpert(RoutingSignals signals) {
    NDArray probs = signals.probs(); // (T, E)
    NDArray choices = signals.choices(); // (T, K)
    NDArray places = // (T, K, E)
        RoutingOps.fill(
            Ops.cast(RoutingOps.negativesToZero(choices).oneHot(experts()), probs.getDataType()),
            choices.lt(0).expandDims(2),
            0);
    NDArray sparse = // (T, E)
        places.mul(signals.weights().stopGradient().expandDims(2)).sum(new int[] {1});
    NDArray on = places.sum(new int[] {1}).gt(0); // (T, E)
    NDArray dense = probs; // (T, E)
    if (spec.normalise()) {
      NDArray chosen = RoutingOps.fill(probs, on.logicalNot(), 0); // (T, E)
      NDArray sum = RoutingOps.clampMin(chosen.sum(new int[] {1}, true), MIN_SUM); // (T, 1)
      NDArray others = RoutingOps.fill(probs, on, 0).div(sum.stopGradient()); // (T, E)
      dense = chosen.div(sum).add(others);
    }
    NDArray through = dense.sub(dense.stopGradient()).add(sparse); // (T, E), the value is sparse
    NDArray all = Ops.remainder(Ops.positions(probs), experts()); // (T, E)
    NDArray padding = signals.padding(); // (T)
    NDArray experts = padding == null ? all : Ops.fillRows(all, padding, -1); // (T, E)
    return GroupedPlan.of(experts, through, experts());
  }
}
