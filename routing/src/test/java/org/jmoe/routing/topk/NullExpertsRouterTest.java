package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class NullExpertsRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new NullExpertsRouter.Spec(2, 1, capacity);
  }

  private Routing route(int k, double computed, int experts, NDArray logits) {
    ScoringRouter router =
        (ScoringRouter)
            new NullExpertsRouter.Spec(k, computed, Capacity.dropless())
                .build(3, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, 3));
    ParameterStore store = new ParameterStore(manager(), false);
    return router.routeLogits(store, logits, RouterContext.of(true, Seed.of(0)));
  }

  /**
   * Section 3 by hand: E = 3, rho = 0.6, so M = 2 copies of the last logit. Token 0 chooses expert
   * 1 and a null, token 1 two nulls, token 2 two experts.
   */
  @Test
  void nullsCompeteAndDoNotCompute() {
    NDArray logits =
        Logits.of(
            manager(),
            new double[] {0, 2, -1, 1},
            new double[] {0, 0.5, -1, 3},
            new double[] {1, 2, 0, -4});
    Routing routing = route(2, 0.6, 3, logits);
    RoutingSignals signals = routing.signals();
    assertEquals(5, signals.experts());
    assertArrayEquals(new long[] {1, 3, 3, 4, 1, 0}, signals.choices().toLongArray());
    double share = Math.exp(2) / (Math.exp(2) + Math.exp(1));
    double[] expected = {1, 0, 0, 0, share, 1 - share};
    assertArrayEquals(expected, signals.weights().toDoubleArray(), 1e-12);
    assertEquals(3, routing.plan().experts());
    double z = Math.exp(0) + Math.exp(2) + Math.exp(-1) + 2 * Math.exp(1);
    assertEquals(Math.exp(1) / z, signals.probs().getDouble(0, 4), 1e-12);
    NDArray outputs = routing.plan().dispatch(logits.get(":, 0:3")); // (N, D), experts are copies
    double[] combined = routing.plan().combine(outputs).toDoubleArray();
    double[] copies = {0, 2, -1, 0, 0, 0, 1, 2, 0};
    assertArrayEquals(copies, combined, 1e-12);
  }

  /** The loss over all slots is 1 if each slot is chosen equally often. */
  @Test
  void theBalanceLossCoversNullExperts() {
    NDArray even = Logits.of(manager(), new double[] {1, -1, 0}, new double[] {-1, 1, 0});
    RoutingSignals signals = route(1, 0.5, 2, even).signals(); // M = 2
    double p = Math.exp(1) / (Math.exp(1) + Math.exp(-1) + 2);
    double q = Math.exp(-1) / (Math.exp(1) + Math.exp(-1) + 2);
    double expected = 4 * 2 * 0.5 * (p + q) / 2; // half of the choices of experts 0 and 1 each
    assertEquals(expected, new SwitchBalance().of(signals).getDouble(), 1e-12);
  }

  @Test
  void theShareMustGiveAnIntegerNumberOfNulls() {
    RouterSpec spec = new NullExpertsRouter.Spec(2, 0.3, Capacity.dropless());
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> spec.build(4, 8, Seed.of(0).child("router")))
            .getMessage();
    assertEquals(
        "computed = 0.3 gives 18.666666666666668 null experts for 8 experts; use experts / (experts"
            + " + n) for an integer n",
        message);
    assertEquals(4 * 9, new NullExpertsRouter.Spec(2, 0.5, Capacity.dropless()).parameters(4, 8));
  }
}
