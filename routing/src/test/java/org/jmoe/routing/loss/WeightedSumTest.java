package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class WeightedSumTest extends LossContract {
  private final BalanceCases cases = new BalanceCases(manager());

  @Override
  protected AuxLoss loss() {
    return new WeightedSum(new Importance(), 0.5, new Load(), 0.5);
  }

  /** Losses that pool layers also do so within a sum. */
  @Test
  void layersAreCombinedAsEachLossSays() {
    RoutingSignals one = cases.signals(cases.canonical(), 2, BalanceCases.CONTEXT);
    RoutingSignals two = cases.signals(cases.canonical().flip(1), 2, BalanceCases.CONTEXT);
    AuxLoss pooled = new PooledBalance();
    AuxLoss summed = new MegaBlocksBalance();
    double expected =
        0.25 * BalanceCases.value(pooled, one, two) + 2 * BalanceCases.value(summed, one, two);
    AuxLoss sum = new WeightedSum(pooled, 0.25, summed, 2);
    assertEquals(expected, BalanceCases.value(sum, one, two), 1e-6);
    double step = sum.ofStep(Map.of("a", one, "b", two), StepCounts.alone()).toDoubleArray()[0];
    assertEquals(expected, step, 1e-6);
  }
}
