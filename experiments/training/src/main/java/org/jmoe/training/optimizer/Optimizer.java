package org.jmoe.training.optimizer;

import java.util.List;
import org.jmoe.io.safetensors.SplitArray;

/**
 * Updates parameters by their gradients. {@link TensorOptimizer} is the base of optimizers that
 * update each tensor on its own.
 */
public interface Optimizer {
  /**
   * Updates the parameters and the state in place. Runs without gradient recording and only if the
   * norm of all gradients is finite.
   *
   * @param schedule fraction of the peak rate
   */
  void update(StepGradients gradients, double schedule);

  /**
   * Returns the state that a checkpoint saves, under names such as {@code path.momentum}. Resuming
   * overwrites these arrays in place, so everything that the next update depends on must be here.
   */
  List<SplitArray> state();
}
