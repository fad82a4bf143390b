package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * DeepSeek-V3's sequence-wise balance loss (DeepSeek-AI 2024, equations 17 to 20): {@code sum_e f_e
 * P_e} per sequence, averaged over sequences. P is the mean of the sigmoid scores normalized over
 * experts; f is the number of top-k choices times {@code E / (k T)}, so that balance gives 1. T is
 * the number of real tokens of each sequence; {@link MegatronBalance} per sequence uses the mean
 * length instead.
 */
public record DeepSeekBalance() implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "deepseek",
              new DeepSeekBalance(),
              "deepseek-seq",
              "deepseek-sequence",
              "deepseek-sequence-wise"));

  private static final double EPSILON = 1e-20;

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    NDArray scores = RoutingOps.sigmoid(signals.logits()); // (T, E)
    NDArray probs = // (T, E)
        scores.div(Ops.shift(scores.sum(new int[] {1}, true), EPSILON));
    long parts = signals.sequences();
    NDArray mass = Sums.mass(Sums.real(probs, signals), parts); // (B, E)
    NDArray counts = MegatronBalance.counts(signals, probs, parts); // (B, E)
    double k = signals.choices().getShape().get(1);
    return Sums.balance(mass, counts, signals, PaddingRule.REMOVED, signals.experts() / k);
  }
}
