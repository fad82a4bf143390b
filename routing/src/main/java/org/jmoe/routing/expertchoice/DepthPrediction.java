package org.jmoe.routing.expertchoice;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * The auxiliary loss of Mixture-of-Depths (Raposo et al. 2024, section 3.5): mean binary
 * cross-entropy of each logit with whether the expert took the token, {@code log(1 + e^l) - z l}.
 * It moves the logits of the tokens taken above 0, so that evaluation needs no comparison with
 * later tokens.
 */
public record DepthPrediction() implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray logits = signals.logits(); // (T, E)
    NDArray pair = logits.expandDims(2); // (T, E, 1)
    NDArray softplus = Ops.logSumExp(Ops.concat(new NDList(pair, pair.zerosLike()), 2)); // (T, E)
    NDArray taken = RoutingOps.fill(logits, taken(signals).logicalNot(), 0); // (T, E)
    NDArray each = softplus.sub(taken); // (T, E)
    NDArray padding = signals.padding(); // (T)
    NDArray real = padding == null ? each : Ops.fillRows(each, padding, 0); // (T, E)
    double pairs = Math.max(1, signals.realTokens()) * (double) signals.experts();
    return Ops.scale(real.sum(), 1 / pairs);
  }

  /** Marks the experts that took a token, (T, E) of boolean. */
  private static NDArray taken(RoutingSignals signals) {
    NDArray choices = signals.choices(); // (T, K)
    NDArray ids = ExpertSlots.expertIds(signals.logits()).expandDims(1); // (T, 1, E)
    NDArray same = choices.expandDims(2).eq(ids); // (T, K, E)
    return Ops.cast(same, choices.getDataType()).sum(new int[] {1}).gt(0);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
