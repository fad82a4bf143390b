package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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

final class SelfRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new SelfRouter.Spec(2, true, capacity);
  }

  private static Router router(int dim, int experts) {
    return new SelfRouter.Spec(1, false, Capacity.dropless())
        .build(dim, experts, Seed.of(1).child("moe/router"));
  }

  private RoutingSignals route(Router router, NDArray tokens) {
    return router
        .route(new ParameterStore(manager(), false), tokens, RouterContext.of(true, Seed.of(0)))
        .signals();
  }

  /** The last two of three coordinates are the logits of two experts. */
  @Test
  void coordinatesAreLogits() {
    Router router = router(3, 2);
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 3));
    NDArray tokens = Logits.of(manager(), new double[] {9, 1, 2}, new double[] {9, 3, -1});
    RoutingSignals signals = route(router, tokens);
    assertArrayEquals(new double[] {1, 2, 3, -1}, signals.logits().toDoubleArray());
    assertArrayEquals(new long[] {1, 0}, signals.choices().toLongArray());
    double[] weights = {1 / (1 + Math.exp(-1)), 1 / (1 + Math.exp(-4))};
    assertArrayEquals(weights, signals.weights().toDoubleArray(), 1e-12);
    assertEquals(0, router.getParameters().size());
  }

  @Test
  void gradientsReachTheTokens() {
    Router router = router(5, 3);
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 5));
    GradientCheck.assertCorrect(
        given -> route(router, given[0]).weights(), Logits.random(manager(), 4, 5, 1));
  }

  @Test
  void moreExpertsThanCoordinatesAreRejected() {
    assertEquals(
        "self-routing reads one logit per expert from the token; use at most dim = 3 experts, not"
            + " 4",
        assertThrows(IllegalArgumentException.class, () -> router(3, 4)).getMessage());
  }
}
