package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * Switch Transformer's load-balancing loss (Fedus et al. 2022, equations 4 to 6): {@code E sum_e
 * f_e P_e} with f the share of tokens that chose expert e and P its mean probability. For k choices
 * a token f sums to k, so that perfect balance gives k.
 */
public final class SwitchBalance implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray probs = signals.probs(); // (T, E)
    NDArray padding = signals.padding(); // (T)
    double tokens = signals.tokens();
    if (padding != null) {
      probs = Ops.fillRows(probs, padding, 0);
      tokens -= padding.sum().getLong();
    }
    NDArray counts = Ops.cast(signals.counts(), probs.getDataType()); // (E)
    NDArray mean = probs.sum(new int[] {0}); // (E), times the number of tokens
    double scale = tokens == 0 ? 0 : signals.experts() / (tokens * tokens);
    return Ops.scale(mean.mul(counts).sum(), scale);
  }
}
