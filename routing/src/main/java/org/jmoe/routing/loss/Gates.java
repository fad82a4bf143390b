package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Sums of the gates of the chosen experts. */
final class Gates {
  private Gates() {}

  /** Returns the sum of the weights of each expert's choices, (E). */
  static NDArray sums(RoutingSignals signals) {
    NDArray choices = signals.choices(); // (T, K)
    NDArray none = choices.lt(0); // (T, K)
    NDArray weights =
        RoutingOps.fill(signals.weights(), none, 0).flatten().expandDims(1); // (T K, 1)
    NDArray ids = RoutingOps.negativesToZero(choices).flatten(); // (T K)
    NDArray zeros = // (E, 1)
        signals.probs().stopGradient().get(new NDIndex("0:1")).zerosLike().transpose();
    return Ops.indexAdd(zeros, ids, weights).squeeze(1);
  }
}
