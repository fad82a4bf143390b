package org.jmoe.routing.specialisation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class OutputOrthogonalityTest extends LossContract {
  private static final int T = 5;
  private static final int K = 3;
  private static final int D = 4;

  @Override
  protected AuxLoss loss() {
    return new OutputOrthogonality();
  }

  /** Equation 5 with plain loops; one choice was dropped. */
  @Test
  void squaredProjections() {
    NDArray any = Logits.random(manager(), T, K, 1);
    NDArray outputs = Logits.random(manager(), T * K, D, 2);
    outputs.set(new NDIndex("4"), 0);
    RoutingSignals signals =
        RoutingSignals.of(1, any, any, any, any, any).with(Input.OUTPUTS, outputs.reshape(T, K, D));
    double expected = 0;
    for (int t = 0; t < T; t++) {
      for (int j = 0; j < K; j++) {
        for (int k = 0; k < K; k++) {
          double product = 0;
          double own = 0;
          for (int d = 0; d < D; d++) {
            double other = outputs.getDouble(t * K + k, d);
            product += outputs.getDouble(t * K + j, d) * other;
            own += other * other;
          }
          for (int d = 0; d < D && j != k; d++) {
            double projected = product / (own + 1e-6) * outputs.getDouble(t * K + k, d);
            expected += projected * projected;
          }
        }
      }
    }
    assertEquals(expected / T, loss().of(signals).getDouble(), 1e-12);
  }
}
