package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;

/** Mean squared error; DJL's multiplies by a Java number, which may corrupt its gradient. */
public final class SquaredError extends Loss {
  /** Creates the loss. */
  public SquaredError() {
    super("SquaredError");
  }

  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    NDArray error = predictions.head().sub(labels.head());
    return error.mul(error).mean();
  }
}
