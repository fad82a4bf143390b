package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * The gradients of one optimizer step.
 *
 * @param arrays gradients by the index of their piece; must not be modified, as some share memory
 * @param factor scale that clips them; 1 for none
 */
public record StepGradients(List<NDArray> arrays, double factor) {
  /** Copies the list. */
  public StepGradients {
    arrays = ImmutableList.copyOf(arrays);
  }

  /** Returns the gradient of a piece, before clipping. */
  public NDArray of(TrainedTensor.Piece piece) {
    return arrays.get(piece.index());
  }
}
