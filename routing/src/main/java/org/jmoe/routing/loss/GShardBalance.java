package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;

/**
 * GShard's balance loss (Lepikhin et al. 2020, algorithm 1, lines 12 and 13; V-MoE, fairseq, Tutel,
 * DeepSpeed top-1 and top-2): {@code E sum_e P_e f_e}, where f counts only first choices, before
 * any capacity; 1 when balanced. st-moe-pytorch counts after dropping, because it later writes to a
 * view.
 *
 * @param padding {@code COUNTED} as in Mesh TensorFlow and lingvo by default; {@code REMOVED} as in
 *     lingvo without {@code legacy_mtf_behavior}
 * @param perSequence whether each sequence is a separate group
 */
public record GShardBalance(PaddingRule padding, boolean perSequence) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "gshard",
              new GShardBalance(PaddingRule.COUNTED, true),
              "gshard-aux",
              "deepspeed-top2"),
          LossPreset.of(
              "gshard-valid", new GShardBalance(PaddingRule.REMOVED, true), "gshard-lingvo"),
          LossPreset.of("fastmoe-gshard", new GShardBalance()));

  /** Creates the loss over the entire batch, with padding removed. */
  public GShardBalance() {
    this(PaddingRule.REMOVED, false);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    return signals.balanced()
        ? Sums.zero(signals)
        : of(signals, Sums.real(signals.probs(), signals), 0);
  }

  /** Returns the loss of the i-th choices with the given values (T, E) as probabilities. */
  NDArray of(RoutingSignals signals, NDArray values, int i) {
    long parts = perSequence ? signals.sequences() : 1;
    NDArray counts =
        Sums.counts(Sums.place(signals, i), signals.experts(), parts, values); // (B, E)
    return Sums.balance(Sums.mass(values, parts), counts, signals, padding, signals.experts());
  }
}
