package org.jmoe.layer;

import ai.djl.ndarray.NDArray;

/**
 * A router that learns without gradients, such as by loss-free bias balancing: once for each
 * optimizer step it adapts a state of its own, which is a parameter that no optimizer touches and
 * every checkpoint holds.
 */
public interface Adaptive {
  /** The name of the router, as in {@link Router#path}. */
  String path();

  /**
   * What one micro-batch has to tell, (E), to be summed over the micro-batches of a step; exact
   * counts, or a number for each expert. Changes nothing, so that evaluation may call it too.
   */
  NDArray observe(RoutingSignals signals);

  /**
   * Adapts the state.
   *
   * @param total the sum of what the micro-batches of one optimizer step told, (E)
   * @param microBatches how many they were
   */
  void adapt(NDArray total, int microBatches);
}
