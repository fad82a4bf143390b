package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * The router z-loss of ST-MoE (Zoph et al. 2022, equation 5): the mean over tokens of {@code
 * logsumexp(logits)^2}, which keeps logits small; on raw logits, before noise and bias.
 */
public final class RouterZ implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray z = Ops.logSumExp(signals.logits()); // (T)
    NDArray squares = z.mul(z); // (T)
    NDArray padding = signals.padding(); // (T)
    double tokens = signals.tokens();
    if (padding != null) {
      squares = Ops.fillRows(squares.expandDims(1), padding, 0);
      tokens -= padding.sum().getLong();
    }
    return Ops.scale(squares.sum(), 1 / Math.max(1, tokens));
  }
}
