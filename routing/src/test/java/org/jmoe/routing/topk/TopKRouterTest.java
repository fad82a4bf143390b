package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.Survivors;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class TopKRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TopKRouter.Spec(2, false, capacity);
  }

  @Test
  void survivorsAreRenormalisedOnRequest() {
    NDArray logits = Logits.of(manager(), new double[] {2, 1, 0}, new double[] {2, 0, 1});
    RouterContext context = RouterContext.of(true, Seed.of(0));
    Capacity one = Capacity.fixed(1);
    TopKRouter.Spec spec = new TopKRouter.Spec(2, true, one);
    double[] unchanged = routeLogits(spec, logits, context).signals().weights().toDoubleArray();
    assertEquals(1 / (1 + Math.exp(-1)), unchanged[2], 1e-12);
    TopKRouter.Spec again = new TopKRouter.Spec(2, true, one.withSurvivors(Survivors.RENORMALISED));
    double[] weights = routeLogits(again, logits, context).signals().weights().toDoubleArray();
    assertEquals(0, weights[2]);
    assertEquals(1, weights[3], 1e-12);
  }

  @Test
  void nonFiniteLogitsAreReported() {
    NDArray logits = Logits.of(manager(), new double[] {1, 2}, new double[] {Double.NaN, 1});
    RouterContext context = RouterContext.of(false, Seed.of(0));
    String message =
        String.valueOf(
            assertThrows(
                    RoutingException.class,
                    () -> routeLogits(TopKRouter.Spec.of(1), logits, context))
                .getMessage());
    assertTrue(message.contains("moe/router") && message.contains("token 1"), message);
    NDArray none =
        Logits.of(manager(), new double[] {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY});
    assertThrows(RoutingException.class, () -> routeLogits(TopKRouter.Spec.of(1), none, context));
  }

  @Test
  void noTokens() {
    NDArray logits = manager().zeros(new Shape(0, 4), DataType.FLOAT64);
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(2)}) {
      TopKRouter.Spec spec = new TopKRouter.Spec(2, true, capacity);
      Routing routing = routeLogits(spec, logits, RouterContext.of(true, Seed.of(0)));
      assertEquals(0, routing.signals().tokens());
      assertArrayEquals(new long[] {0, 0, 0, 0}, routing.signals().counts().toLongArray());
    }
  }
}
