package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Map;
import org.jmoe.layer.Adaptation;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.biased.LongCatRouter;
import org.jmoe.routing.biased.QuantileRouter;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Routers that adapt without gradients, once for each optimizer step. */
final class AdaptiveRoutersTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final ParameterStore store = new ParameterStore(manager, false);

  @AfterEach
  void close() {
    manager.close();
  }

  private GatedRouter biased() {
    DeepSeekV3Router.Spec spec =
        new DeepSeekV3Router.Spec(2, Groups.none(), true, 1, 0.01, Capacity.dropless());
    GatedRouter router = (GatedRouter) spec.build(4, 8, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
    return router;
  }

  private RoutingSignals route(GatedRouter router, NDArray logits) {
    return router.routeLogits(store, logits, RouterContext.of(true, Seed.of(0))).signals();
  }

  private static float[] bias(GatedRouter router) {
    return router.getParameters().valueAt(1).getArray().toFloatArray();
  }

  /** Bit for bit the same, however a batch is cut into micro-batches. */
  @Test
  void microBatchesDoNotMatter() {
    NDArray logits = Logits.random(manager, 64, 8, 1).toType(DataType.FLOAT32, false);
    float[][] found = new float[3][];
    int[] sizes = {64, 16, 8};
    for (int i = 0; i < sizes.length; i++) {
      GatedRouter router = biased();
      for (int step = 0; step < 3; step++) {
        try (Adaptation adaptation = new Adaptation(router, manager)) {
          for (int t = 0; t < 64; t += sizes[i]) {
            NDArray rows = logits.get(t + ":" + (t + sizes[i]));
            adaptation.observe(Map.of("moe", route(router, rows)));
          }
          adaptation.apply();
        }
      }
      found[i] = bias(router);
    }
    assertArrayEquals(found[0], found[1]);
    assertArrayEquals(found[0], found[2]);
  }

  @Test
  void evaluationChangesNothing() {
    GatedRouter router = biased();
    route(router, Logits.random(manager, 16, 8, 2).toType(DataType.FLOAT32, false));
    assertArrayEquals(new float[8], bias(router));
  }

  @Test
  void theBiasBalancesTheLoad() {
    GatedRouter router = biased();
    double[] skew = {2, 1, 0.5, 0, 0, -0.5, -1, -2};
    NDArray logits = Logits.random(manager, 256, 8, 3).add(manager.create(skew));
    NDArray rows = logits.toType(DataType.FLOAT32, false);
    long first = 0;
    long last = 0;
    for (int step = 0; step < 120; step++) {
      try (Adaptation adaptation = new Adaptation(router, manager)) {
        RoutingSignals signals = route(router, rows);
        last = signals.counts().max().getLong();
        first = step == 0 ? last : first;
        adaptation.observe(Map.of("moe", signals));
        adaptation.apply();
      }
    }
    // Balanced is 256 * 2 / 8 = 64.
    assertEquals(true, last < 80 && first > 120, first + " to " + last);
  }

  /** The contract of Megatron's {@code test_qb_routing.py}. */
  @ParameterizedTest
  @CsvSource({"64, 8, 2", "40, 8, 1", "12, 4, 1", "10, 4, 1", "7, 5, 3", "1, 4, 2"})
  void quantiles(int m, int n, int k) {
    GatedRouter router =
        (GatedRouter)
            new QuantileRouter.Spec(k, Capacity.dropless())
                .build(4, n, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, 4));
    NDArray logits = Logits.random(manager, m, n, 4);
    RoutingSignals signals = route(router, logits);
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

  /**
   * LongCat-Flash, section 2.1.1: {@code u (K_e / K / N - T_i / (K T))} for N experts, 0 for the
   * identities; K_e is 12 * 512 / 768 = 8 there.
   */
  @Test
  void zeroExpertsHaveNoBias() {
    LongCatRouter.Spec spec = new LongCatRouter.Spec(3, 2, 6, 0.001, Capacity.dropless());
    GatedRouter router = (GatedRouter) spec.build(6, 4, Seed.of(0).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, 6));
    ((LongCatRouter) router).adapt(manager.create(new long[] {100, 120, 80, 100, 500, 300}), 1);
    double[] bias = router.getParameters().valueAt(1).getArray().toDoubleArray();
    double share = 2.0 / 3 / 4;
    double[] counts = {100, 120, 80, 100};
    for (int i = 0; i < counts.length; i++) {
      assertEquals(0.001 * (share - counts[i] / 1200), bias[i], 1e-12);
    }
    assertEquals(0, bias[4]);
    assertEquals(0, bias[5]);
    ((LongCatRouter) router).adapt(manager.create(new long[6]), 1); // no token
    assertEquals(0, router.getParameters().valueAt(1).getArray().toDoubleArray()[4]);
  }

  /** Without a real token in the micro-batch nothing changes. */
  @Test
  void quantilesOfPaddingAloneStay() {
    GatedRouter router =
        (GatedRouter)
            new QuantileRouter.Spec(1, Capacity.dropless())
                .build(4, 3, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, 4));
    router.getParameters().valueAt(1).getArray().set(new double[] {.5, -.5, .25});
    NDArray mask = manager.create(new boolean[] {true, true});
    RouterContext context = RouterContext.of(true, Seed.of(0)).withPadding(mask);
    RoutingSignals signals =
        router.routeLogits(store, Logits.random(manager, 2, 3, 4), context).signals();
    NDArray quantiles = ((QuantileRouter) router).observe(signals);
    assertArrayEquals(new double[] {.5, -.5, .25}, quantiles.toDoubleArray());
  }
}
