package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import java.util.Collection;
import java.util.Map;

/**
 * An auxiliary loss on routing signals, usable with any router. Gradients flow through the
 * probabilities.
 */
@FunctionalInterface
public interface AuxLoss {
  /** Returns the unweighted loss of one layer, a 0-d array. */
  NDArray of(RoutingSignals signals);

  /**
   * Returns the loss over the layers of a model: their sum, unless the published form differs.
   *
   * @param layers at least one
   */
  default NDArray ofLayers(Collection<RoutingSignals> layers) {
    return layers.stream().map(this::of).reduce(NDArray::add).orElseThrow();
  }

  /**
   * Returns the loss of one micro-batch of an optimizer step: {@link #ofLayers}, unless it depends
   * on other micro-batches.
   *
   * @param layers at least one, by path
   * @param step counts shared by the micro-batches
   */
  default NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return ofLayers(layers.values());
  }

  /**
   * Rescales a value of this loss so that perfect balance is 1; NaN for losses that do not measure
   * balance.
   */
  default double relative(double value, RoutingSignals signals) {
    return value;
  }
}
