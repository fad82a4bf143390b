package org.jmoe.app.examples;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** Entropy deficit of the mean expert probabilities: {@code ln E - H(P)}, 0 if balanced. */
public record MeanEntropy() implements AuxLoss {
  private static final double EPSILON = 1e-9; // avoids log(0)

  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray padding = signals.padding(); // (T)
    NDArray all = signals.probs(); // (T, E)
    NDArray real = padding == null ? all : Ops.fillRows(all, padding, 0); // (T, E)
    NDArray mean = // (E)
        Ops.scale(real.sum(new int[] {0}), 1.0 / Math.max(1, signals.realTokens()));
    NDArray negative = mean.mul(Ops.shift(mean, EPSILON).log()).sum(); // ()
    return Ops.shift(negative, Math.log(signals.experts()));
  }

  /** Reports show the loss relative to balance, where it is 0, as 1. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return 1 + value;
  }
}
