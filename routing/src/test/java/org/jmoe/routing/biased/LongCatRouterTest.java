package org.jmoe.routing.biased;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class LongCatRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new LongCatRouter.Spec(2, 0, 6, 0.001, capacity);
  }

  /** An identity expert returns the token times its weight. */
  @Test
  void zeroExpertsPassTheTokenThrough() {
    NDArray logits = Logits.of(manager(), new double[] {0, 1, 5}, new double[] {5, 1, 0});
    LongCatRouter.Spec spec = new LongCatRouter.Spec(1, 1, 2, 0.001, Capacity.dropless());
    ScoringRouter router = (ScoringRouter) spec.build(3, 2, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 3));
    Routing routing =
        router.routeLogits(
            new ParameterStore(manager(), false), logits, RouterContext.of(false, Seed.of(0)));
    NDArray through = routing.passThrough();
    assertTrue(through != null);
    if (through != null) {
      double weight = 2 * Math.exp(5) / (Math.exp(5) + Math.exp(1) + 1);
      assertArrayEquals(new double[] {weight, 0}, through.toDoubleArray(), 1e-12);
    }
    assertEquals(2, routing.plan().experts());
  }

  /**
   * LongCat-Flash, section 2.1.1: {@code u (K_e / K / N - T_i / (K T))} for N experts, 0 for
   * identities; there, K_e is 12 * 512 / 768 = 8.
   */
  @Test
  void zeroExpertsHaveNoBias() {
    LongCatRouter.Spec spec = new LongCatRouter.Spec(3, 2, 6, 0.001, Capacity.dropless());
    ScoringRouter router = (ScoringRouter) spec.build(6, 4, Seed.of(0).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 6));
    ((LongCatRouter) router).adapt(manager().create(new long[] {100, 120, 80, 100, 500, 300}), 1);
    double[] bias = router.getParameters().valueAt(1).getArray().toDoubleArray();
    double share = 2.0 / 3 / 4;
    double[] counts = {100, 120, 80, 100};
    for (int i = 0; i < counts.length; i++) {
      assertEquals(0.001 * (share - counts[i] / 1200), bias[i], 1e-12);
    }
    assertEquals(0, bias[4]);
    assertEquals(0, bias[5]);
    ((LongCatRouter) router).adapt(manager().create(new long[6]), 1); // no tokens
    assertEquals(0, router.getParameters().valueAt(1).getArray().toDoubleArray()[4]);
  }
}
