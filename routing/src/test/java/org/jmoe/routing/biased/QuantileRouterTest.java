package org.jmoe.routing.biased;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuantileRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new QuantileRouter.Spec(2, capacity);
  }

  private RoutingSignals signals(ScoringRouter router, NDArray logits) {
    ParameterStore store = new ParameterStore(manager(), false);
    return router.routeLogits(store, logits, RouterContext.of(true, Seed.of(0))).signals();
  }

  /** Properties of Megatron's {@code test_qb_routing.py}. */
  @ParameterizedTest
  @CsvSource({"64, 8, 2", "40, 8, 1", "12, 4, 1", "10, 4, 1", "7, 5, 3", "1, 4, 2"})
  void quantiles(int m, int n, int k) {
    ScoringRouter router =
        (ScoringRouter)
            new QuantileRouter.Spec(k, Capacity.dropless())
                .build(4, n, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 4));
    NDArray logits = Logits.random(manager(), m, n, 4);
    RoutingSignals signals = signals(router, logits);
    double[] quantiles = ((QuantileRouter) router).observe(signals).toDoubleArray();
    double[] values = logits.toDoubleArray();
    for (int e = 0; e < n; e++) {
      double[] column = new double[m];
      for (int t = 0; t < m; t++) {
        double[] row = java.util.Arrays.copyOfRange(values, t * n, (t + 1) * n);
        double own = row[e];
        java.util.Arrays.sort(row);
        column[t] = own - row[n - 1 - k];
      }
      java.util.Arrays.sort(column);
      assertEquals(column[m - 1 - m * k / n], quantiles[e], 1e-12);
    }
  }

  /** Without real tokens in the micro-batch, nothing changes. */
  @Test
  void paddingOnlyLeavesQuantilesUnchanged() {
    ScoringRouter router =
        (ScoringRouter)
            new QuantileRouter.Spec(1, Capacity.dropless())
                .build(4, 3, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 4));
    router.getParameters().valueAt(1).getArray().set(new double[] {.5, -.5, .25});
    NDArray mask = manager().create(new boolean[] {true, true});
    RouterContext context = RouterContext.of(true, Seed.of(0)).withPadding(mask);
    RoutingSignals signals =
        router
            .routeLogits(
                new ParameterStore(manager(), false), Logits.random(manager(), 2, 3, 4), context)
            .signals();
    NDArray quantiles = ((QuantileRouter) router).observe(signals);
    assertArrayEquals(new double[] {.5, -.5, .25}, quantiles.toDoubleArray());
  }
}
