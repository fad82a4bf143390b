package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * Megatron-LM's balance loss ({@code moe_utils.switch_load_balancing_loss_func}): {@code E / (k
 * T^2) sum_e (sum_t p_te) c_e}; 1 when balanced. The counts are those of a plain top-k of the
 * probabilities, regardless of bias, groups or capacity. Per sequence ({@code seq_aux_loss}), T is
 * the mean number of real tokens per sequence, and the loss is averaged over sequences.
 *
 * @param perSequence whether each sequence is balanced separately
 */
public record MegatronBalance(boolean perSequence) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "megatron", new MegatronBalance(false), "megatron-batch", "megatron-aux", "aux"),
          LossPreset.of(
              "megatron-seq",
              new MegatronBalance(true),
              "seq-aux",
              "megatron-sequence",
              "megatron-seq-aux"));

  @Override
  public NDArray of(RoutingSignals signals) {
    return signals.balanced()
        ? Sums.zero(signals)
        : of(signals, signals.probs(), perSequence ? signals.sequences() : 1);
  }

  /** Returns the loss of the given probabilities (T, E), with the batch in equal parts. */
  static NDArray of(RoutingSignals signals, NDArray probs, long parts) {
    NDArray mass = Sums.mass(Sums.real(probs, signals), parts); // (B, E)
    NDArray counts = counts(signals, probs, parts); // (B, E)
    double tokens = signals.realTokens() / (double) parts;
    double k = signals.choices().getShape().get(1);
    return Sums.product(mass, counts, signals.experts() / k * Sums.inverseSquare(tokens));
  }

  /** Returns {@link #topCounts} in the type of the probabilities, (B, E). */
  static NDArray counts(RoutingSignals signals, NDArray probs, long parts) {
    NDArray counts = topCounts(signals, probs, parts); // (B * E)
    return Ops.cast(counts, probs.getDataType()).reshape(parts, signals.experts());
  }

  /** Counts how often each expert is among the top k of a real token, (B * E) of int64. */
  static NDArray topCounts(RoutingSignals signals, NDArray probs, long parts) {
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    NDArray choices = Ops.top(probs, k); // (T, K)
    NDArray padding = signals.padding(); // (T)
    NDArray real = padding == null ? choices : Ops.fillRows(choices, padding, -1); // (T, K)
    return Sums.counts(real, signals.experts(), parts);
  }
}
