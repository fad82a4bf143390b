package org.jmoe.catalog.engine;

import java.util.Map;
import org.jmoe.layer.RoutingSignals;

/** Looks at what a trained model's routers do on held-out batches. */
public interface Probe {
  /** Sees one batch; the arrays die with it. */
  void see(Map<String, RoutingSignals> layers);

  /** The measures of all batches seen, by name. */
  Map<String, Double> measures();
}
