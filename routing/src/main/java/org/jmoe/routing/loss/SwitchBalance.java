package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * Switch Transformer's load-balancing loss (Fedus et al. 2022, equations 4 to 6): {@code E sum_e
 * f_e P_e}, with f the share of tokens that chose expert e and P its mean probability. With k
 * choices per token, f sums to k, so balance gives k. flaxformer and Hugging Face average over
 * groups, here sequences.
 *
 * @param padding treatment of padding
 * @param perSequence whether each sequence is a separate group
 */
public record SwitchBalance(PaddingRule padding, boolean perSequence) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "switch",
              new SwitchBalance(PaddingRule.COUNTED, true),
              "switch-mask",
              "flaxformer",
              "hf-switch",
              "load-balancing"),
          LossPreset.of("switch-scatter", new SwitchBalance(PaddingRule.CHOOSING, true)),
          LossPreset.of("switch-valid", new SwitchBalance(PaddingRule.REMOVED, true)));

  /** Creates the loss over the entire batch, with padding removed. */
  public SwitchBalance() {
    this(PaddingRule.REMOVED, false);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    long parts = perSequence ? signals.sequences() : 1;
    NDArray probs = signals.probs(); // (T, E)
    NDArray choices = signals.choices(); // (T, K)
    NDArray mask = signals.padding(); // (T)
    if (padding == PaddingRule.CHOOSING && mask != null) {
      NDArray top = Ops.top(probs, Math.toIntExact(choices.getShape().get(1))); // (T, K)
      choices = NDArrays.where(mask.expandDims(1).broadcast(top.getShape()), top, choices);
    }
    NDArray mass = Sums.mass(Sums.real(probs, signals), parts); // (B, E)
    NDArray counts = Sums.counts(choices, signals.experts(), parts, probs); // (B, E)
    return Sums.balance(mass, counts, signals, padding, signals.experts());
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return value / signals.choices().getShape().get(1);
  }
}
