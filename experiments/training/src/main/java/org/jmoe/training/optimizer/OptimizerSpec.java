package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDManager;
import java.util.List;

/** Settings of an optimizer: a record nested in the optimizer that it builds. */
public interface OptimizerSpec {
  /**
   * Builds the optimizer with its initial state.
   *
   * @param tensors what it trains, in model order; may be part of the model
   * @param manager owner of the state arrays
   */
  Optimizer build(List<TrainedTensor> tensors, NDManager manager);

  /** Returns the peak learning rate. */
  double rate();

  /** Returns the maximum global gradient norm; 0 for no clipping. */
  default double clip() {
    return 0;
  }

  /** Returns the parameter groups; the first match applies. */
  default List<ParameterGroup> groups() {
    return List.of();
  }

  /** Returns how many state arrays of its size each parameter has, for memory estimates. */
  default int statesPerParameter() {
    return 0;
  }
}
