package org.jmoe.routing.specialisation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * Variance loss (Guo et al. 2025, Advancing Expert Specialization for Better MoE, arXiv 2505.22323,
 * equation 7): {@code -1/E sum_e mean_t (s_te - mean_t s_te)^2} over the weights s of the choices,
 * 0 for experts not chosen; negative. Averaged over real tokens, where the paper sums. An
 * independent port reports that the authors' code takes the variance over the experts of each token
 * instead.
 */
public record RoutingVariance() implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    int experts = signals.experts();
    NDArray choices = signals.choices(); // (T, K)
    NDArray weights = RoutingOps.fill(signals.weights(), choices.lt(0), 0); // (T, K)
    NDArray places = // (T, K, E)
        RoutingOps.negativesToZero(choices).oneHot(experts, DataType.FLOAT32);
    NDArray scores = // (T, E)
        Ops.cast(places, weights.getDataType()).mul(weights.expandDims(2)).sum(new int[] {1});
    NDArray padding = signals.padding(); // (T)
    double tokens = Math.max(1, signals.realTokens());
    NDArray mean = Ops.scale(scores.sum(new int[] {0}, true), 1 / tokens); // (1, E)
    NDArray gap = scores.sub(mean); // (T, E)
    NDArray real = padding == null ? gap : Ops.fillRows(gap, padding, 0); // (T, E)
    return Ops.scale(real.mul(real).sum(), -1 / tokens / experts);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
