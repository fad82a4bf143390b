package org.jmoe.routing.adaptive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class ReluRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new ReluRouter.Spec(2, 1e-8, 1.2, capacity);
  }

  private ReluRouter router(int k, int experts) {
    ReluRouter router =
        (ReluRouter)
            new ReluRouter.Spec(k, 1e-8, 1.2, Capacity.dropless())
                .build(experts, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, experts));
    return router;
  }

  private RoutingSignals route(ReluRouter router, NDArray logits) {
    RecordingStore store =
        new RecordingStore(new ParameterStore(manager(), false), Seed.of(0))
            .with(ImmutableSet.of(Input.COEFFICIENT));
    return router.routeLogits(store, logits, RouterContext.of(true, Seed.of(0))).signals();
  }

  /** Equation 4: weights are ReLU(logit), and a token may have no expert. */
  @Test
  void positiveLogitsAreWeights() {
    NDArray logits = Logits.of(manager(), new double[] {1, -2, 3}, new double[] {-1, -1, 0});
    RoutingSignals signals = route(router(1, 3), logits);
    assertArrayEquals(new long[] {2, 0, -1, -1, -1, -1}, signals.choices().toLongArray());
    assertArrayEquals(new double[] {3, 1, 0, 0, 0, 0}, signals.weights().toDoubleArray());
  }

  /** Equation 7: the coefficient is multiplied or divided by 1.2 after each step. */
  @Test
  void theCoefficientFollowsTheDensity() {
    ReluRouter router = router(1, 4);
    NDArray dense = Logits.of(manager(), new double[] {1, 1, 1, -1}); // density 3/4
    NDArray sparse = Logits.of(manager(), new double[] {-1, -1, -1, -1}); // density 0
    NDArray even = Logits.of(manager(), new double[] {1, -1, -1, -1}); // density 1/4, the target
    double l = 1e-8;
    assertEquals(l, coefficient(router, dense), 1e-20);
    for (NDArray logits : new NDArray[] {dense, dense, sparse, even, dense}) {
      router.adapt(router.observe(route(router, logits)), 1);
      l *= logits == dense ? 1.2 : logits == sparse ? 1 / 1.2 : 1;
      assertEquals(l, coefficient(router, dense), 1e-18);
    }
    NDArray two = router.observe(route(router, dense)).add(router.observe(route(router, sparse)));
    router.adapt(two, 2); // density 3/8 in the mean
    assertEquals(l * 1.2, coefficient(router, dense), 1e-18);
  }

  private double coefficient(ReluRouter router, NDArray logits) {
    return route(router, logits).input(Input.COEFFICIENT).getDouble(0); // k is 1
  }
}
