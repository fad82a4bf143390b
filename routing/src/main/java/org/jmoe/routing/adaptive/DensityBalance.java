package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.List;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Checks;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * The balance loss of Routing-Free MoE (Liu et al. 2026; {@code balancing_loss_func} of the
 * authors): over the experts of all layers, {@code l (m mean_e(r_e p_e) + (1 - m) mean_t(r_t
 * p_t))}, where r_e is the share of tokens for which expert e is on and p_e the mean of its
 * weights, and r_t and p_t are the same over the experts of token t. {@link RoutingFreeRouter}
 * adapts l; use this loss with coefficient 1.
 *
 * @param experts m, the share of the term over experts in [0, 1]; 0.5 upstream
 */
public record DensityBalance(double experts) implements AuxLoss {
  /** Checks the share. */
  public DensityBalance {
    Checks.unitInterval(experts, "experts");
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    return ofLayers(List.of(signals));
  }

  @Override
  public NDArray ofLayers(Collection<RoutingSignals> layers) {
    RoutingSignals first = layers.iterator().next();
    NDList on = new NDList(); // (T, E) each
    NDList weights = new NDList(); // (T, E) each
    for (RoutingSignals signals : layers) {
      NDArray scores = signals.logits(); // (T, E)
      NDArray mask = on(signals); // (T, E)
      on.add(Ops.cast(mask, scores.getDataType()));
      weights.add(RoutingOps.fill(scores, mask.logicalNot(), 0));
    }
    NDArray r = Ops.concat(on, 1); // (T, L E)
    NDArray p = Ops.concat(weights, 1); // (T, L E)
    double tokens = Math.max(1, first.realTokens());
    double all = r.getShape().get(1);
    NDArray ofExperts = r.sum(new int[] {0}).mul(p.sum(new int[] {0})).sum(); // ()
    NDArray ofTokens = r.sum(new int[] {1}).mul(p.sum(new int[] {1})).sum(); // ()
    NDArray sum = // ()
        Ops.scale(ofExperts, experts / (tokens * tokens * all))
            .add(Ops.scale(ofTokens, (1 - experts) / (all * all * tokens)));
    return sum.mul(first.input(Input.COEFFICIENT).stopGradient().sum());
  }

  /** Marks the experts that tokens chose, (T, E) of boolean. */
  private static NDArray on(RoutingSignals signals) {
    NDArray choices = signals.choices(); // (T, K)
    NDArray places = RoutingOps.negativesToZero(choices).oneHot(signals.experts()); // (T, K, E)
    NDArray none = choices.lt(0).expandDims(2); // (T, K, 1)
    return RoutingOps.fill(places, none, 0).sum(new int[] {1}).gt(0);
  }

  @Override
  public ImmutableSet<Input> inputs() {
    return ImmutableSet.of(Input.COEFFICIENT);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
