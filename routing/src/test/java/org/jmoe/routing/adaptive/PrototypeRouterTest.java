package org.jmoe.routing.adaptive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class PrototypeRouterTest extends RouterContract {
  private static final int D = 4;
  private static final int Z = 2;
  private static final int N = 3; // experts
  private static final RouterContext CONTEXT = RouterContext.of(true, Seed.of(0));

  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new PrototypeRouter.Spec(2, Z, capacity);
  }

  private Router router() {
    Router router = spec(Capacity.dropless()).build(D, N, Seed.of(1).child("router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, D));
    int i = 0;
    for (Parameter parameter : router.getParameters().values()) {
      int size = (int) parameter.getShape().size();
      NDArray change = Logits.random(manager(), size, 1, 50 + i++);
      parameter.getArray().addi(change.reshape(parameter.getShape()).mul(0.3));
    }
    return router;
  }

  private NDArray parameter(Router router, int index) {
    return router.getParameters().valueAt(index).getArray();
  }

  /** {@code TokenDistributionRouter} with the Gaussian kernel, with plain loops. */
  @Test
  void similarityInTheLatentSpace() {
    Router router = router();
    NDArray tokens = Logits.random(manager(), 5, D, 7);
    RoutingSignals signals =
        router.route(new ParameterStore(manager(), false), tokens, CONTEXT).signals();
    for (int t = 0; t < 5; t++) {
      double mean = 0;
      for (int d = 0; d < D; d++) {
        mean += tokens.getDouble(t, d) / D;
      }
      double variance = 0;
      for (int d = 0; d < D; d++) {
        variance += Math.pow(tokens.getDouble(t, d) - mean, 2) / D;
      }
      double[] m = {parameter(router, 3).getDouble(0), parameter(router, 3).getDouble(1)};
      for (int d = 0; d < D; d++) {
        double n =
            (tokens.getDouble(t, d) - mean)
                    / Math.sqrt(variance + 1e-5)
                    * parameter(router, 0).getDouble(d)
                + parameter(router, 1).getDouble(d);
        for (int z = 0; z < Z; z++) {
          m[z] += n / (1 + Math.exp(-n)) * parameter(router, 2).getDouble(d, z);
        }
      }
      double[] scores = new double[N];
      for (int e = 0; e < N; e++) {
        for (int z = 0; z < Z; z++) {
          scores[e] += Math.pow(m[z] - parameter(router, 4).getDouble(e, z), 2);
        }
        scores[e] = Math.exp(-scores[e] / 2);
        assertEquals(scores[e], signals.logits().getDouble(t, e), 1e-12);
      }
      int first = (int) signals.choices().getLong(t, 0);
      int second = (int) signals.choices().getLong(t, 1);
      double share = 1 / (1 + Math.exp(scores[second] - scores[first]));
      assertEquals(share, signals.weights().getDouble(t, 0), 1e-12);
    }
  }

  @Test
  void gradientsOfAllParameters() {
    Router router = router();
    GradientCheck.assertCorrect(
        router,
        (ps, x) -> router.route(ps, x, CONTEXT).signals().logits(),
        Logits.random(manager(), 4, D, 8));
    assertEquals(Z * (2 * D + 2 + N) + 2 * D, spec(Capacity.dropless()).parameters(D, N));
  }
}
