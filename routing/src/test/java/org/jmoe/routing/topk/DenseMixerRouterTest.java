package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DenseMixerRouterTest extends RouterContract {
  private static final int N = 4; // experts
  private static final int K = 2;

  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DenseMixerRouter.Spec(K, true);
  }

  /**
   * {@code olmoe_custom.py} with plain loops, for experts that multiply the token by e + 1: the
   * output is sparse; the gradient of the logits is that of the dense mixture, in which the weights
   * of the other experts are divided by a constant.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theOutputIsSparseAndTheGradientDense(boolean normalise) {
    NDArray logits = Logits.random(manager(), 5, N, 3);
    NDArray tokens = Logits.random(manager(), 5, 1, 4);
    ScoringRouter router =
        (ScoringRouter)
            new DenseMixerRouter.Spec(K, normalise).build(N, N, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, N));
    double[] outputs = new double[5];
    double[] gradient =
        GradientCheck.gradients(
                given -> {
                  Routing routing =
                      router.routeLogits(
                          new ParameterStore(manager(), false),
                          given[0],
                          RouterContext.of(true, Seed.of(0)));
                  NDArray rows = routing.plan().dispatch(tokens); // (T * E, 1), sorted by expert
                  NDArray factor = Ops.cast(Ops.positions(rows), DataType.FLOAT64); // (T * E, 1)
                  NDArray scaled = rows.mul(Ops.shift(Ops.scale(factor, 0.2).floor(), 1));
                  NDArray y = routing.plan().combine(scaled); // (T, 1)
                  System.arraycopy(y.toDoubleArray(), 0, outputs, 0, 5);
                  return y;
                },
                logits)
            .get(0);
    double[] seen = GradientCheck.gradients(given -> weighted(given[0]), tokens).get(0);
    for (int t = 0; t < 5; t++) {
      double x = tokens.getDouble(t, 0);
      double[] p = softmax(logits, t);
      int[] order = order(p);
      double sum = p[order[0]] + p[order[1]];
      double y = 0;
      double[] ofWeight = new double[N]; // derivative of the dense mixture by p
      double[] w = new double[N];
      for (int i = 0; i < N; i++) {
        w[order[i]] = normalise ? p[order[i]] / sum : p[order[i]];
        y += i < K ? w[order[i]] * x * (order[i] + 1) : 0;
      }
      for (int i = 0; i < N; i++) {
        int e = order[i];
        ofWeight[e] += x * (e + 1) / (normalise ? sum : 1);
        for (int j = 0; j < K && normalise && i < K; j++) { // the sum depends on the chosen p
          ofWeight[e] -= w[order[j]] * x * (order[j] + 1) / sum;
        }
      }
      assertEquals(y, outputs[t], 1e-12);
      double mean = 0;
      for (int e = 0; e < N; e++) {
        mean += p[e] * ofWeight[e];
      }
      for (int e = 0; e < N; e++) {
        // GradientCheck weights the outputs; seen holds these weights.
        assertEquals(seen[t] * p[e] * (ofWeight[e] - mean), gradient[t * N + e], 1e-9);
      }
    }
  }

  private static NDArray weighted(NDArray tokens) {
    return Ops.scale(tokens, 1);
  }

  private static double[] softmax(NDArray logits, int t) {
    double[] p = new double[N];
    double sum = 0;
    for (int e = 0; e < N; e++) {
      p[e] = Math.exp(logits.getDouble(t, e));
      sum += p[e];
    }
    for (int e = 0; e < N; e++) {
      p[e] /= sum;
    }
    return p;
  }

  private static int[] order(double[] p) {
    return java.util.stream.IntStream.range(0, N)
        .boxed()
        .sorted((a, b) -> Double.compare(p[b], p[a]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Evaluation computes the chosen experts only. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void evaluationIsSparse(boolean training) {
    NDArray logits = Logits.random(manager(), 5, EXPERTS, 3);
    Routing routing =
        routeLogits(
            new DenseMixerRouter.Spec(K, true), logits, RouterContext.of(training, Seed.of(0)));
    assertArrayEquals(new long[] {5, K}, routing.signals().choices().getShape().getShape());
    NDArray rows = routing.plan().dispatch(logits); // (N, D)
    assertEquals(5L * (training ? EXPERTS : K), rows.getShape().get(0));
  }
}
