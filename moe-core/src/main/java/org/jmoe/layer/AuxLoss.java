package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import java.util.Collection;
import java.util.Map;

/** Judges a routing; works with any router, and its gradient flows through probabilities alone. */
@FunctionalInterface
public interface AuxLoss {
  /** The loss of one layer, a 0-d array, without coefficient. */
  NDArray of(RoutingSignals signals);

  /**
   * The loss of a model's layers: the sum over them, unless the published form says otherwise.
   *
   * @param layers at least one
   */
  default NDArray ofLayers(Collection<RoutingSignals> layers) {
    return layers.stream().map(this::of).reduce(NDArray::add).orElseThrow();
  }

  /**
   * The loss of one micro-batch of an optimizer step: {@link #ofLayers}, unless it depends on the
   * other micro-batches.
   *
   * @param layers at least one, by path
   * @param step counts that the micro-batches share
   */
  default NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return ofLayers(layers.values());
  }

  /**
   * A value of this loss on the scale on which perfect balance is 1, whatever the published scale;
   * NaN for a loss that does not measure balance.
   */
  default double relative(double value, RoutingSignals signals) {
    return value;
  }
}
