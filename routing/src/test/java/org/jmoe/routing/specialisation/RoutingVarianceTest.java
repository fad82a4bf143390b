package org.jmoe.routing.specialisation;

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

final class RoutingVarianceTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new RoutingVariance();
  }

  /** Equation 7 with plain loops. */
  @Test
  void varianceOfTheChosenWeights() {
    int tokens = 6;
    int experts = 4;
    NDArray probs = Logits.random(manager(), tokens, experts, 1).softmax(1);
    RoutingSignals signals =
        Routing.topK(probs, probs, 2, Capacity.dropless(), RouterContext.of(true, Seed.of(0)))
            .signals();
    double[][] s = new double[tokens][experts];
    long[] choices = signals.choices().toLongArray();
    for (int i = 0; i < choices.length; i++) {
      s[i / 2][(int) choices[i]] = signals.weights().getDouble(i / 2, i % 2);
    }
    double expected = 0;
    for (int e = 0; e < experts; e++) {
      double mean = 0;
      for (int t = 0; t < tokens; t++) {
        mean += s[t][e] / tokens;
      }
      for (int t = 0; t < tokens; t++) {
        expected -= (s[t][e] - mean) * (s[t][e] - mean) / experts;
      }
    }
    assertEquals(expected / tokens, loss().of(signals).getDouble(), 1e-12);
  }
}
