package org.jmoe.routing.expertchoice;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.base.Preconditions;
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
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Mixture-of-Depths (Raposo et al. 2024, arXiv 2404.02258, sections 3.3 to 3.5) for the
 * feed-forward part of a block: in training, an expert takes the share of the tokens of each
 * sequence with the highest logits, weighted by the logit itself; the other tokens pass by on the
 * residual connection. In evaluation, which must not look ahead, it takes the tokens whose logit is
 * above 0; {@link DepthPrediction} trains the logits to agree. With several experts, each takes its
 * share: the paper's integrated mixture of depths and experts. The paper's blocks also skip
 * attention, which this layer does not contain.
 */
public final class DepthRouter extends GatedRouter {
  private static final double LAST = -1e30;

  /**
   * Settings.
   *
   * @param share of the tokens of a sequence that an expert takes in training, in (0, 1]; 0.125 in
   *     the paper
   */
  public record Spec(double share) implements RouterSpec {
    /** Checks the share. */
    public Spec {
      Preconditions.checkArgument(
          share > 0 && share <= 1, "share must be above 0 and at most 1, not %s", share);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new DepthRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return experts;
    }

    @Override
    public boolean causal() {
      return false;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.SIGNED_WEIGHTS);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "mixture-of-depths",
              "Raposo et al. 2024, Mixture-of-Depths",
              ImmutableMap.of(),
              (v, c) -> new Spec(0.125)));

  private final Spec spec;

  private DepthRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    return context.training() ? best(logits, context) : aboveZero(logits, context);
  }

  /** Routes the best tokens of each sequence. */
  private Routing best(NDArray logits, RouterContext context) {
    NDArray padding = context.padding(); // (T)
    NDArray fixed = logits.stopGradient(); // (T, E)
    NDArray ranked = padding == null ? fixed : Ops.fillRows(fixed, padding, LAST); // (T, E)
    long size = logits.getShape().get(0) / context.sequences();
    int slots = (int) Math.max(1, Math.min(size, Math.round(spec.share() * size)));
    NDList chosen = ExpertSlots.choose(ranked, padding, context.sequences(), slots, false);
    NDArray place = chosen.get(1); // (T, E)
    RoutingSignals signals = signals(logits, place.gte(0), context);
    return new Routing(new SlotPlan(chosen.get(0), place, logits), signals);
  }

  /** Routes the tokens with a positive logit. */
  private static Routing aboveZero(NDArray logits, RouterContext context) {
    NDArray padding = context.padding(); // (T)
    NDArray on = logits.gt(0); // (T, E)
    if (padding != null) {
      on = on.logicalAnd(padding.logicalNot().expandDims(1));
    }
    RoutingSignals signals = signals(logits, on, context);
    int experts = signals.experts();
    return new Routing(GroupedPlan.of(signals.choices(), logits, experts), signals);
  }

  private static RoutingSignals signals(NDArray logits, NDArray on, RouterContext context) {
    NDArray ids = ExpertSlots.expertIds(logits); // (T, E)
    NDArray choices = RoutingOps.fill(ids, on.logicalNot(), -1); // (T, E)
    NDArray probs = RoutingOps.sigmoid(logits); // (T, E)
    return RoutingSignals.of(context.sequences(), logits, probs, choices, logits, on)
        .withPadding(context.padding())
        .asBalanced();
  }
}
