package org.jmoe.app.examples;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** How far the mean probability of the experts is from even: {@code ln E - H(P)}, 0 if it is. */
public record MeanEntropy() implements AuxLoss {
  private static final double LEAST = 1e-9; // of a probability, for its logarithm

  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray padding = signals.padding(); // (T)
    NDArray all = signals.probs(); // (T, E)
    NDArray real = padding == null ? all : Ops.fillRows(all, padding, 0); // (T, E)
    NDArray mean = // (E)
        Ops.scale(real.sum(new int[] {0}), 1.0 / Math.max(1, signals.realTokens()));
    NDArray negative = mean.mul(Ops.shift(mean, LEAST).log()).sum(); // ()
    return Ops.shift(negative, Math.log(signals.experts()));
  }

  /** A balanced router has loss 0, which reports show as 1. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return 1 + value;
  }
}
