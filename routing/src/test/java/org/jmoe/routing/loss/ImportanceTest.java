package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class ImportanceTest extends LossContract {
  private final BalanceCases cases = new BalanceCases(manager());

  @Override
  protected AuxLoss loss() {
    return new Importance();
  }

  @Test
  void importanceIgnoresNoise() {
    NDArray logits = cases.canonical();
    RoutingSignals clean = cases.signals(logits, 2, BalanceCases.CONTEXT);
    RoutingSignals noisy = clean.withNoise(logits.add(logits), logits.onesLike());
    Importance importance = new Importance(VariationForm.VMOE, false);
    assertEquals(BalanceCases.value(importance, clean), BalanceCases.value(importance, noisy));
  }

  /** Three forms for the same values: population, n - 1, and V-MoE's without epsilon. */
  @Test
  void formsOfVariation() {
    NDArray x = manager().create(new double[] {1.7, 1.1, 1.2});
    assertEquals(.03875, VariationForm.POPULATION.of(x).getDouble(), 1e-6);
    assertEquals(.058125, VariationForm.UNBIASED.of(x).getDouble(), 1e-6);
    assertEquals(.03875, VariationForm.VMOE.of(x).getDouble(), 1e-6);
  }
}
