package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * The load-balanced L1 regularization of ReMoE (Wang et al. 2024, equations 8 to 10; {@code
 * apply_l1_reg}): {@code l E / (k T^2) sum_e c_e sum_t ReLU(x_t W)_e}, where c_e of the T tokens
 * have expert e on and l / k is the coefficient that {@link ReluRouter} adapts. Use it with
 * coefficient 1. Summed over layers, as in the code; the paper takes the mean.
 */
public record AdaptiveL1() implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray gates = RoutingOps.clampMin(signals.logits(), 0); // (T, E)
    NDArray padding = signals.padding(); // (T)
    NDArray real = padding == null ? gates : Ops.fillRows(gates, padding, 0); // (T, E)
    NDArray counts = Ops.cast(signals.counts(), gates.getDataType()); // (E)
    double tokens = Math.max(1, signals.realTokens());
    NDArray sum = real.sum(new int[] {0}).mul(counts).sum(); // ()
    NDArray coefficient = signals.input(Input.COEFFICIENT).stopGradient().sum(); // ()
    return Ops.scale(sum, signals.experts() / tokens / tokens).mul(coefficient);
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
