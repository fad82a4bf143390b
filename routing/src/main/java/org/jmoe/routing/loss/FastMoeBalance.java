package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * FastMoE's balance loss for its Switch gate ({@code gates/switch_gate.py}): {@code E sum_e f_e
 * p_e}, counted after the capacity. The counts of kept choices and the probabilities of all tokens
 * are both divided by the number of kept choices.
 */
public record FastMoeBalance() implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(LossPreset.of("fastmoe-switch", new FastMoeBalance()));

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    NDArray probs = Sums.real(signals.probs(), signals); // (T, E)
    NDArray counts = Sums.counts(kept(signals), signals.experts(), 1, probs); // (1, E)
    NDArray number = RoutingOps.clampMin(counts.sum(), 1); // ()
    NDArray mass = Sums.mass(probs, 1); // (1, E)
    return Ops.scale(mass.mul(counts).sum().div(number.mul(number)), signals.experts());
  }

  /** The loss at balance is the number of tokens divided by the number of kept choices. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    double number = Ops.sum(Ops.cast(kept(signals).gte(0), DataType.FLOAT64));
    return value * number / Math.max(1, signals.realTokens());
  }

  private static NDArray kept(RoutingSignals signals) {
    return RoutingOps.fill(signals.choices(), signals.kept().logicalNot(), -1); // (T, K)
  }
}
