package org.jmoe.catalog.trial;

import java.util.Map;
import org.jmoe.catalog.engine.Probe;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.tensor.Ops;

/** Mean squared log-sum-exp of the router logits, which the z-loss of ST-MoE penalises. */
public final class LogitSizeProbe implements Probe {
  /** Measure: mean squared log-sum-exp of the logits. */
  public static final String SIZE = "squaredLogSumExp";

  private double sum;
  private int count;

  @Override
  public void see(Map<String, RoutingSignals> layers) {
    for (RoutingSignals signals : layers.values()) {
      sum += Ops.sum(new RouterZ().of(signals));
      count++;
    }
  }

  @Override
  public Map<String, Double> measures() {
    return Map.of(SIZE, sum / Math.max(1, count));
  }
}
