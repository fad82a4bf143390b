package org.jmoe.routing.specialisation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class ExpertRouterCouplingTest extends LossContract {
  private static final int N = 3; // experts
  private static final int D = 4;
  private static final int H = 2;

  @Override
  protected AuxLoss loss() {
    return new ExpertRouterCoupling(0.5);
  }

  /** Equation 3 with plain loops. */
  @Test
  void otherActivationsStayBelowAShareOfTheOwn() {
    NDArray gate = Logits.random(manager(), D, N, 1);
    NDArray draws = Logits.random(manager(), D, N, 2).abs();
    NDArray stack = Logits.random(manager(), N * D, H, 3).reshape(N, D, H);
    NDArray any = Logits.random(manager(), 2, N, 4);
    RoutingSignals signals =
        RoutingSignals.of(1, any, any, any, any, any)
            .with(Input.GATE, gate)
            .with(Input.GATE_DRAWS, draws)
            .with(Input.EXPERTS_IN, stack);
    double[][] m = new double[N][N];
    for (int i = 0; i < N; i++) {
      double nearest = Double.POSITIVE_INFINITY;
      double length = 0;
      for (int d = 0; d < D; d++) {
        length += square(gate.getDouble(d, i));
      }
      for (int j = 0; j < N; j++) {
        double distance = 0;
        for (int d = 0; d < D; d++) {
          distance += square(gate.getDouble(d, i) - gate.getDouble(d, j));
        }
        nearest = i == j ? nearest : Math.min(nearest, distance);
      }
      double bound = Math.sqrt(nearest) / 2 / Math.sqrt(length);
      for (int j = 0; j < N; j++) {
        double sum = 0;
        for (int h = 0; h < H; h++) {
          double activation = 0;
          for (int d = 0; d < D; d++) {
            double noise = 1 - bound + 2 * bound * draws.getDouble(d, i);
            activation += gate.getDouble(d, i) * noise * stack.getDouble(j, d, h);
          }
          sum += square(activation);
        }
        m[i][j] = Math.sqrt(sum);
      }
    }
    double expected = 0;
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < N; j++) {
        if (i != j) {
          expected += Math.max(m[i][j] - 0.5 * m[i][i], 0) + Math.max(m[j][i] - 0.5 * m[i][i], 0);
        }
      }
    }
    assertEquals(expected / N / N, loss().of(signals).getDouble(), 1e-12);
  }

  private static double square(double x) {
    return x * x;
  }
}
