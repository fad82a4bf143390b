package org.jmoe.routing.biased;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class ExpertThresholdRouterTest extends RouterContract {
  private static final int N = 4; // experts

  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new ExpertThresholdRouter.Spec(1, 0.99, 0, capacity);
  }

  private ExpertThresholdRouter router(double decay, int warmup) {
    ExpertThresholdRouter router =
        (ExpertThresholdRouter)
            new ExpertThresholdRouter.Spec(1, decay, warmup, Capacity.dropless())
                .build(N, N, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, N));
    return router;
  }

  private RoutingSignals route(ExpertThresholdRouter router, NDArray logits, boolean training) {
    return router
        .routeLogits(
            new ParameterStore(manager(), false), logits, RouterContext.of(training, Seed.of(0)))
        .signals();
  }

  /** The code's accumulation of cutoffs, moving average and correction, with plain loops. */
  @Test
  void cutoffsAreCorrectedMovingAverages() {
    ExpertThresholdRouter router = router(0.9, 0);
    double[] raw = new double[N];
    for (int step = 1; step <= 3; step++) {
      double[] mean = new double[N];
      NDArray total = manager().zeros(new Shape(N), DataType.FLOAT64);
      for (int micro = 0; micro < 2; micro++) {
        NDArray logits = Logits.random(manager(), 10, N, 10 * step + micro);
        total = total.add(router.observe(route(router, logits, true)));
        for (int e = 0; e < N; e++) {
          double[] column = logits.get(":, " + e).toDoubleArray();
          Arrays.sort(column);
          mean[e] += column[10 - 10 / N] / 2; // the second best of 10 tokens
        }
      }
      router.adapt(total, 2);
      for (int e = 0; e < N; e++) {
        raw[e] = 0.9 * raw[e] + 0.1 * mean[e];
        double cutoff = raw[e] / (1 - Math.pow(0.9, step));
        assertEquals(cutoff, router.getParameters().valueAt(1).getArray().getDouble(e), 1e-12);
      }
    }
    NDArray logits = Logits.random(manager(), 6, N, 99);
    RoutingSignals signals = route(router, logits, false);
    long[] choices = signals.choices().toLongArray();
    for (int t = 0; t < 6; t++) {
      for (int e = 0; e < N; e++) {
        int expert = e;
        double logit = logits.getDouble(t, e);
        double cutoff = router.getParameters().valueAt(1).getArray().getDouble(e);
        long[] row = Arrays.copyOfRange(choices, t * N, (t + 1) * N);
        int place = java.util.stream.IntStream.range(0, N).filter(i -> row[i] == expert).sum();
        boolean taken = Arrays.stream(row).anyMatch(c -> c == expert);
        assertEquals(logit >= cutoff, taken);
        if (taken) {
          double weight = signals.weights().getDouble(t, place);
          assertEquals(1 / (1 + Math.exp(-logit)), weight, 1e-12);
        }
      }
    }
  }

  /** During the warmup, each expert takes its best floor(T k / E) tokens in training. */
  @Test
  void expertsChooseDuringTheWarmup() {
    ExpertThresholdRouter router = router(0.9, 1);
    NDArray logits = Logits.random(manager(), 12, N, 7);
    RoutingSignals first = route(router, logits, true);
    assertArrayEquals(new long[] {3, 3, 3, 3}, first.counts().toLongArray());
    router.adapt(router.observe(first), 1);
    NDArray other = Logits.random(manager(), 12, N, 8);
    long[] after = route(router, other, true).counts().toLongArray();
    assertArrayEquals(after, route(router, other, false).counts().toLongArray());
  }
}
