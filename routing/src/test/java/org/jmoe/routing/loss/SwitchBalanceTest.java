package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class SwitchBalanceTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new SwitchBalance();
  }

  /** Hugging Face's Switch, {@code test_equivalency_balancy_loss}: rows that do not sum to 1. */
  @Test
  void switchOfGivenProbabilities() {
    NDArray probs =
        Logits.of(
            manager(),
            new double[] {.35490513, .60419905},
            new double[] {.4275843, .23061597},
            new double[] {.32985854, .43953657},
            new double[] {.25099766, .27730572},
            new double[] {.7678207, .71474564});
    NDArray choices = manager().create(new long[] {0, 1, 1, 0, 0}).reshape(5, 1);
    RoutingSignals signals =
        Routing.of(
                probs,
                probs,
                choices,
                probs.gather(choices, 1),
                Capacity.dropless(),
                BalanceCases.CONTEXT)
            .signals();
    assertEquals(0.8741045, BalanceCases.value(new SwitchBalance(), signals), 5e-6);
  }
}
