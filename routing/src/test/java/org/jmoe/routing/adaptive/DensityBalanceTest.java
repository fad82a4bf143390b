package org.jmoe.routing.adaptive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class DensityBalanceTest extends LossContract {
  private static final int T = 6;
  private static final int N = 3; // experts
  private static final double THRESHOLD = 0.3;

  @Override
  protected AuxLoss loss() {
    return new DensityBalance(0.25);
  }

  private RoutingSignals signals(NDArray scores) {
    NDArray off = scores.lt(THRESHOLD);
    return Density.route(
            scores, scores, off, Capacity.dropless(), RouterContext.of(true, Seed.of(0)))
        .signals()
        .with(Input.COEFFICIENT, manager().create(new double[] {0.5}));
  }

  /** {@code balancing_loss_func} over the experts of two layers, with plain loops. */
  @Test
  void overTheExpertsOfAllLayers() {
    NDArray[] layers = {
      Logits.random(manager(), T, N, 1).abs(), Logits.random(manager(), T, N, 2).abs()
    };
    int all = 2 * N;
    double[] r = new double[all];
    double[] p = new double[all];
    double ofTokens = 0;
    for (int t = 0; t < T; t++) {
      double on = 0;
      double sum = 0;
      for (int e = 0; e < all; e++) {
        double score = layers[e / N].getDouble(t, e % N);
        boolean active = score >= THRESHOLD;
        on += active ? 1 : 0;
        sum += active ? score : 0;
        r[e] += active ? 1.0 / T : 0;
        p[e] += active ? score / T : 0;
      }
      ofTokens += on / all * sum / all / T;
    }
    double ofExperts = 0;
    for (int e = 0; e < all; e++) {
      ofExperts += r[e] * p[e] / all;
    }
    double expected = 0.5 * (0.25 * ofExperts + 0.75 * ofTokens);
    double loss = loss().ofLayers(List.of(signals(layers[0]), signals(layers[1]))).getDouble();
    assertEquals(expected, loss, 1e-12);
  }
}
