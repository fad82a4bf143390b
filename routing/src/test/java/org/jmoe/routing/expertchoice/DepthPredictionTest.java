package org.jmoe.routing.expertchoice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class DepthPredictionTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new DepthPrediction();
  }

  /** Binary cross-entropy with plain loops. */
  @Test
  void crossEntropyWithTheChoices() {
    int tokens = 5;
    int experts = 3;
    NDArray logits = Logits.random(manager(), tokens, experts, 1);
    RoutingSignals signals =
        Routing.topK(logits, logits, 1, Capacity.dropless(), RouterContext.of(true, Seed.of(0)))
            .signals();
    double expected = 0;
    for (int t = 0; t < tokens; t++) {
      for (int e = 0; e < experts; e++) {
        double p = 1 / (1 + Math.exp(-logits.getDouble(t, e)));
        boolean taken = signals.choices().getLong(t, 0) == e;
        expected -= Math.log(taken ? p : 1 - p) / tokens / experts;
      }
    }
    assertEquals(expected, loss().of(signals).getDouble(), 1e-12);
  }
}
