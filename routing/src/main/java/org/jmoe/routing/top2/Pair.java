package org.jmoe.routing.top2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** The two choices of a top-2 gate: (T, 2) of int64. */
final class Pair {
  private Pair() {}

  /**
   * Returns the best of the probabilities (T, E) and the best of other scores (T, E) without it.
   */
  static NDArray of(NDArray probs, NDArray scores) {
    NDArray first = Ops.top(probs, 1); // (T, 1)
    NDArray taken =
        first.oneHot(Math.toIntExact(probs.getShape().get(1)), DataType.BOOLEAN); // (T, 1, E)
    NDArray others =
        RoutingOps.fill(
            scores.stopGradient(), taken.squeeze(1), Double.NEGATIVE_INFINITY); // (T, E)
    return first.concat(Ops.top(others, 1), 1);
  }

  /** Removes the second choice where discarded (T) is true. */
  static NDArray without(NDArray pair, NDArray discarded) {
    return RoutingOps.fill(pair, second(discarded), -1);
  }

  /** Expands a mask (T) to the second choices: (T, 2). */
  static NDArray second(NDArray mask) {
    NDArray none = mask.zerosLike(); // (T)
    return Ops.cast(none.expandDims(1).concat(mask.expandDims(1), 1), DataType.BOOLEAN);
  }
}
