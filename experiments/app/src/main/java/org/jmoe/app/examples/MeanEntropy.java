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
    NDArray mean = signals.probs().mean(new int[] {0}); // (E)
    NDArray negative = mean.mul(Ops.shift(mean, LEAST).log()).sum(); // ()
    return Ops.shift(negative, Math.log(signals.experts()));
  }
}
