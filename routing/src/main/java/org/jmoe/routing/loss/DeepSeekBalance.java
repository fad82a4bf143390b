package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * DeepSeek-V3's sequence-wise balance loss (DeepSeek-AI 2024, equations 17 to 20): {@code sum_e f_e
 * P_e} of each sequence, with P the mean of the sigmoid scores divided by their sum over the
 * experts and f the counts of their plain top-k, scaled so that balance gives 1. That is Megatron's
 * {@code seq_aux_loss} of sigmoid scores, whatever the scores are that the router itself goes by.
 */
public record DeepSeekBalance() implements AuxLoss {
  private static final double EPSILON = 1e-20;

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    NDArray scores = RoutingOps.sigmoid(signals.logits()); // (T, E)
    NDArray sum = Ops.shift(scores.sum(new int[] {1}, true), EPSILON); // (T, 1)
    return MegatronBalance.of(signals, scores.div(sum), signals.sequences());
  }
}
