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
    NDArray sum = chosen.sum(new int[] {1}, true); // (T, 1)
    NDArray weights = spec.normalise() ? chosen.div(sum) : chosen; // (T, K)
    Routing sparse = Routing.of(logits, probs, choices, weights, Capacity.dropless(), context);
    return context.training() && context.hook() == null
        ? new Routing(everyExpert(sparse.signals(), sum), sparse.signals())
        : sparse;
  }

  /** Returns a plan of all experts in which those not chosen have a weight of 0 with a gradient. */
  private GroupedPlan everyExpert(RoutingSignals signals, NDArray sum) {
    NDArray probs = signals.probs(); // (T, E)
    NDArray ranked = Ops.top(probs, experts()); // (T, E), the K choices first
    NDArray rank = Ops.remainder(Ops.positions(ranked), experts()); // (T, E)
    NDArray off = rank.gte(spec.k()); // (T, E)
    NDArray each = probs.gather(ranked, 1); // (T, E)
    if (spec.normalise()) {
      NDArray constant =
          RoutingOps.fill(each, off.logicalNot(), 0).div(sum.stopGradient()); // (T, E)
      each = RoutingOps.fill(each, off, 0).div(sum).add(constant); // (T, E)
    }
    NDArray through = // (T, E), the value is 0 where an expert is not chosen
        each.sub(RoutingOps.fill(each.stopGradient(), off.logicalNot(), 0));
    NDArray padding = signals.padding(); // (T)
    NDArray experts = padding == null ? ranked : Ops.fillRows(ranked, padding, -1); // (T, E)
    return GroupedPlan.of(experts, through, experts());
  }
}
