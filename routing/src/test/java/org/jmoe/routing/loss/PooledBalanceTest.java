package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class PooledBalanceTest extends LossContract {
  private final BalanceCases cases = new BalanceCases(manager());

  @Override
  protected AuxLoss loss() {
    return new PooledBalance();
  }

  /** Pooling hides imbalance within each layer. */
  @Test
  void pooledLayersAreNotTheMeanOfLayers() {
    RoutingSignals one = cases.signals(cases.canonical(), 2, BalanceCases.CONTEXT);
    RoutingSignals two = cases.signals(cases.canonical().flip(1), 2, BalanceCases.CONTEXT);
    assertEquals(2.000000, BalanceCases.value(new PooledBalance(), one, two), 1e-6);
    double mean =
        (BalanceCases.value(new PooledBalance(), one)
                + BalanceCases.value(new PooledBalance(), two))
            / 2;
    assertEquals(2.168493, mean, 1e-6);
  }
}
