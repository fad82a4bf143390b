package org.jmoe.routing.top2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class GShardRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new GShardRouter.Spec(SecondExpert.RANDOM, 0.2, 0, capacity);
  }

  /**
   * Mesh TensorFlow's inner gate: tokens 0 and 1 prefer expert 0 but are second choices of the
   * outer gate, so token 2 with importance 1 gets the only slot; token 3 with importance 0 has no
   * expert.
   */
  @Test
  void lessImportantTokensAreDroppedFirst() {
    NDArray logits =
        Logits.of(
            manager(),
            new double[] {3, 0},
            new double[] {3, 0},
            new double[] {3, 0},
            new double[] {3, 0});
    NDArray importance = manager().create(new double[] {.5, .5, 1, 0});
    RouterContext context = RouterContext.of(true, Seed.of(0)).withImportance(importance);
    GShardRouter.Spec spec = new GShardRouter.Spec(SecondExpert.ALL, 0.2, 0, Capacity.fixed(1));
    Routing routing = routeLogits(spec, logits, context);
    assertArrayEquals(
        new long[] {-1, 0, -1, 0, 0, 1, -1, -1}, routing.signals().choices().toLongArray());
    assertArrayEquals(
        new boolean[] {false, false, false, false, true, true, false, false},
        routing.signals().kept().toBooleanArray());
  }
}
