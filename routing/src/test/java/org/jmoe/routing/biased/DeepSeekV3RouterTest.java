package org.jmoe.routing.biased;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Map;
import org.jmoe.djl.Adaptation;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeepSeekV3RouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DeepSeekV3Router.Spec(2, new Groups(2, 1), true, 2.5, 0.001, capacity);
  }

  @Test
  void groupsLimitTheExpertsOfAToken() {
    NDArray logits = Logits.random(manager(), 50, 16, 3);
    DeepSeekV3Router.Spec spec =
        new DeepSeekV3Router.Spec(4, new Groups(8, 3), true, 1, 0.001, Capacity.dropless());
    Routing routing = routeLogits(spec, logits, RouterContext.of(false, Seed.of(0)));
    long[] choices = routing.signals().choices().toLongArray();
    for (int t = 0; t < 50; t++) {
      long groups =
          java.util.Arrays.stream(choices, t * 4, t * 4 + 4).map(e -> e / 2).distinct().count();
      assertTrue(groups <= 3);
    }
  }

  /** Megatron-LM: a token uses at most the number of groups kept. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void tokensStayInTheGroupsKept(int kept) {
    RouterSpec spec =
        new DeepSeekV3Router.Spec(3, new Groups(4, kept), true, 1, 0.01, Capacity.dropless());
    long[] choices =
        routeLogits(spec, Logits.random(manager(), 40, 16, 6), RouterContext.of(true, Seed.of(0)))
            .signals()
            .choices()
            .toLongArray();
    for (int t = 0; t < 40; t++) {
      long groups = Arrays.stream(choices, 3 * t, 3 * t + 3).map(e -> e / 4).distinct().count();
      assertTrue(groups <= kept, "token " + t + " uses " + groups);
    }
  }

  private ScoringRouter biased() {
    DeepSeekV3Router.Spec spec =
        new DeepSeekV3Router.Spec(2, Groups.none(), true, 1, 0.01, Capacity.dropless());
    ScoringRouter router = (ScoringRouter) spec.build(4, 8, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT32, new Shape(1, 4));
    return router;
  }

  private RoutingSignals signals(ScoringRouter router, NDArray logits) {
    ParameterStore store = new ParameterStore(manager(), false);
    return router.routeLogits(store, logits, RouterContext.of(true, Seed.of(0))).signals();
  }

  private static float[] bias(ScoringRouter router) {
    return router.getParameters().valueAt(1).getArray().toFloatArray();
  }

  /** Bit-exact for any division of a batch into micro-batches. */
  @Test
  void microBatchesDoNotMatter() {
    NDArray logits = Logits.random(manager(), 64, 8, 1).toType(DataType.FLOAT32, false);
    float[][] found = new float[3][];
    int[] sizes = {64, 16, 8};
    for (int i = 0; i < sizes.length; i++) {
      ScoringRouter router = biased();
      for (int step = 0; step < 3; step++) {
        try (Adaptation adaptation = new Adaptation(router, manager())) {
          for (int t = 0; t < 64; t += sizes[i]) {
            NDArray rows = logits.get(t + ":" + (t + sizes[i]));
            adaptation.observe(Map.of("moe", signals(router, rows)));
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
  void evaluationDoesNotChangeTheBias() {
    ScoringRouter router = biased();
    signals(router, Logits.random(manager(), 16, 8, 2).toType(DataType.FLOAT32, false));
    assertArrayEquals(new float[8], bias(router));
  }

  @Test
  void theBiasBalancesTheLoad() {
    ScoringRouter router = biased();
    double[] skew = {2, 1, 0.5, 0, 0, -0.5, -1, -2};
    NDArray logits = Logits.random(manager(), 256, 8, 3).add(manager().create(skew));
    NDArray rows = logits.toType(DataType.FLOAT32, false);
    long first = 0;
    long last = 0;
    for (int step = 0; step < 120; step++) {
      try (Adaptation adaptation = new Adaptation(router, manager())) {
        RoutingSignals signals = signals(router, rows);
        last = signals.counts().max().getLong();
        first = step == 0 ? last : first;
        adaptation.observe(Map.of("moe", signals));
        adaptation.apply();
      }
    }
    // The balanced load is 256 * 2 / 8 = 64.
    assertEquals(true, last < 80 && first > 120, first + " to " + last);
  }
}
