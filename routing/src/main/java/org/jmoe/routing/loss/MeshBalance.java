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
 * Mesh TensorFlow's balance loss with the second-place term ({@code moe_use_second_place_loss}):
 * GShard's loss plus half of the same for second choices, with the probabilities renormalized
 * without the first choice (sum plus 1e-9).
 */
public record MeshBalance() implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "mesh",
              new MeshBalance(),
              "mesh-second",
              "second-place",
              "mesh-second-place",
              "mesh-2nd-place"));

  private static final double EPSILON = 1e-9;

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    GShardBalance balance = new GShardBalance(PaddingRule.COUNTED, false);
    NDArray first = balance.of(signals);
    if (signals.choices().getShape().get(1) < 2) {
      return first;
    }
    NDArray probs = signals.probs(); // (T, E)
    NDArray taken = Sums.place(signals, 0); // (T, 1), -1 where the router discarded it
    NDArray hot =
        RoutingOps.negativesToZero(taken).oneHot(signals.experts(), DataType.BOOLEAN); // (T, 1, E)
    NDArray mask = hot.squeeze(1).logicalAnd(taken.gte(0).broadcast(probs.getShape())); // (T, E)
    NDArray others = RoutingOps.fill(probs, mask, 0); // (T, E)
    NDArray sum = Ops.shift(others.sum(new int[] {1}, true), EPSILON); // (T, 1)
    NDArray second = balance.of(signals, Sums.real(others.div(sum), signals), 1);
    return first.add(Ops.scale(second, 0.5));
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return signals.choices().getShape().get(1) < 2 ? value : value / 1.5;
  }
}
