package org.jmoe.routing.adaptive;

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
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class ExpertScoreRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new ExpertScoreRouter.Spec(2, capacity);
  }

  /** {@code AoE.py}: top-k of the softmax of the norms, not renormalized. */
  @Test
  void theExpertsScoresAreLogits() {
    Router router = spec(Capacity.dropless()).build(2, 3, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 2));
    NDArray tokens = Logits.of(manager(), new double[] {1, 2});
    NDArray scores = Logits.of(manager(), new double[] {0.5, 2, 1});
    RouterContext context = RouterContext.of(true, Seed.of(0));
    ParameterStore store = new ParameterStore(manager(), false);
    RoutingSignals signals =
        router.route(store, tokens, context.withExpertScores(() -> scores)).signals();
    double z = Math.exp(0.5) + Math.exp(2) + Math.exp(1);
    assertArrayEquals(new long[] {1, 2}, signals.choices().toLongArray());
    double[] weights = {Math.exp(2) / z, Math.exp(1) / z};
    assertArrayEquals(weights, signals.weights().toDoubleArray(), 1e-12);
    assertEquals(
        "moe/router goes by the experts' own scores, but these experts have none; use"
            + " AutonomousExperts or another router",
        assertThrows(RoutingException.class, () -> router.route(store, tokens, context))
            .getMessage());
  }
}
