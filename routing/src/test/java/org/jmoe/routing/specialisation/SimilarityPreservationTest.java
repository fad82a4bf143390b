package org.jmoe.routing.specialisation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class SimilarityPreservationTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new SimilarityPreservation();
  }

  private double of(NDArray gate) {
    NDArray any = Logits.random(manager(), 2, (int) gate.getShape().get(1), 1);
    RoutingSignals signals = RoutingSignals.of(1, any, any, any, any, any).with(Input.GATE, gate);
    return loss().of(signals).getDouble();
  }

  /** {@code |W^T W - I|_1} by hand. */
  @Test
  void distanceFromOrthonormalColumns() {
    NDArray gate =
        Logits.of(manager(), new double[] {1, 0.5}, new double[] {0, -2}, new double[] {0.25, 1});
    // W^T W = [[1.0625, 0.75], [0.75, 5.25]]
    assertEquals(0.0625 + 2 * 0.75 + 4.25, of(gate), 1e-12);
    NDArray orthonormal = Logits.of(manager(), new double[] {0.6, 0.8}, new double[] {-0.8, 0.6});
    assertEquals(0, of(orthonormal), 1e-12);
  }
}
