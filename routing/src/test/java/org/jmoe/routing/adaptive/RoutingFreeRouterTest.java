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

final class RoutingFreeRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new RoutingFreeRouter.Spec(0.2, 0.3, 1e-5, 1.2, capacity);
  }

  private RoutingFreeRouter router() {
    RoutingFreeRouter router =
        (RoutingFreeRouter) spec(Capacity.dropless()).build(2, 3, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 2));
    return router;
  }

  private RoutingSignals route(RoutingFreeRouter router, NDArray scores) {
    RecordingStore store =
        new RecordingStore(new ParameterStore(manager(), false), Seed.of(0))
            .with(ImmutableSet.of(Input.COEFFICIENT));
    RouterContext context = RouterContext.of(true, Seed.of(0)).withExpertScores(() -> scores);
    return router.route(store, scores.get(":, 0:2"), context).signals();
  }

  /** The authors' expert: on where ReLU(a s + b) reaches 0.2, with that weight. */
  @Test
  void expertsAreOnAboveTheThreshold() {
    RoutingFreeRouter router = router();
    router.getParameters().valueAt(0).getArray().set(new double[] {1, 2, 1});
    router.getParameters().valueAt(1).getArray().set(new double[] {0, -0.5, 0});
    NDArray scores =
        Logits.of(manager(), new double[] {0.19, 0.5, 0.9}, new double[] {0.1, 0.2, 0});
    RoutingSignals signals = route(router, scores);
    assertArrayEquals(new long[] {2, 1, -1, -1, -1, -1}, signals.choices().toLongArray());
    double[] weights = {0.9 - 1e-6, 0.5 - 1e-6, 0, 0, 0, 0};
    assertArrayEquals(weights, signals.weights().toDoubleArray(), 1e-12);
  }

  /** The update of {@code lambda_coef} in the authors' forward pass, capped at 1. */
  @Test
  void theCoefficientFollowsTheDensity() {
    RoutingFreeRouter router = router();
    NDArray dense = Logits.of(manager(), new double[] {1, 1, 1}); // density 1
    NDArray sparse = Logits.of(manager(), new double[] {0, 0, 0}); // density 0
    double l = 1e-5;
    for (NDArray scores : new NDArray[] {dense, sparse, sparse, dense, dense}) {
      router.adapt(router.observe(route(router, scores)), 1);
      double rho = scores == dense ? 1 : 0;
      l *= Math.pow(1 + 1.2 * (rho - 0.3) * (rho - 0.3), Math.signum(rho - 0.3));
      assertEquals(l, route(router, dense).input(Input.COEFFICIENT).getDouble(0), 1e-15);
    }
    for (int i = 0; i < 100; i++) {
      router.adapt(router.observe(route(router, dense)), 1);
    }
    assertEquals(1, route(router, dense).input(Input.COEFFICIENT).getDouble(0), 1e-12);
  }
}
