package org.jmoe.catalog.engine;

import java.util.Map;
import org.jmoe.layer.RoutingSignals;

/** Measures the routers of a trained model on held-out batches. */
public interface Probe {
  /** Adds one batch; its arrays are only valid during the call. */
  void see(Map<String, RoutingSignals> layers);

  /** Returns the measures over all batches, by name. */
  Map<String, Double> measures();
}
