package org.jmoe.layer;

import ai.djl.ndarray.NDArray;

/**
 * A router with state that is updated without gradients, for example the bias of loss-free
 * balancing. The state is updated once per optimizer step; it is a parameter that the optimizer
 * ignores and checkpoints include.
 */
public interface Adaptive {
  /** Returns the path of the router; see {@link Router#path}. */
  String path();

  /**
   * Returns the statistic of one micro-batch, in a shape of the router's choice, often (E). It is
   * summed over the micro-batches of a step. Has no side effects, so it may also be called in
   * evaluation.
   */
  NDArray observe(RoutingSignals signals);

  /**
   * Updates the state.
   *
   * @param total statistic summed over the micro-batches of one optimizer step
   * @param microBatches number of statistics in the sum: micro-batches, times routers if pooled
   */
  void adapt(NDArray total, int microBatches);

  /**
   * Returns whether the statistics of all routers of this class are summed, as for a coefficient
   * that all layers share; false by default.
   */
  default boolean pooled() {
    return false;
  }
}
