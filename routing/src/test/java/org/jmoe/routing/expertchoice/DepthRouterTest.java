package org.jmoe.routing.expertchoice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class DepthRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DepthRouter.Spec(0.5);
  }

  private Routing route(NDArray logits, boolean training) {
    return routeLogits(
        new DepthRouter.Spec(0.5), logits, RouterContext.of(training, Seed.of(0)).withSequences(2));
  }

  /** Equation 1 by hand: two of the four tokens of each sequence, weighted by their logits. */
  @Test
  void theBestTokensOfASequenceAreComputed() {
    NDArray logits = Logits.random(manager(), 8, 1, 1);
    double[] given = {0.5, -1, 2, 1, -3, -2, -5, 4};
    logits.set(given);
    Routing routing = route(logits, true);
    long[] choices = {-1, -1, 0, 0, -1, 0, -1, 0};
    assertArrayEquals(choices, routing.signals().choices().toLongArray());
    NDArray rows = routing.plan().dispatch(logits); // tokens of width 1
    double[] y = routing.plan().combine(rows.onesLike()).toDoubleArray();
    assertArrayEquals(new double[] {0, 0, 2, 1, 0, -2, 0, 4}, y);
  }

  /** In evaluation, tokens with a logit above 0. */
  @Test
  void evaluationIsCausal() {
    NDArray logits = Logits.random(manager(), 8, 1, 1);
    logits.set(new double[] {0.5, -1, 2, 1, -3, -2, -5, 4});
    Routing routing = route(logits, false);
    long[] choices = {0, -1, 0, 0, -1, -1, -1, 0};
    assertArrayEquals(choices, routing.signals().choices().toLongArray());
    assertEquals(4, routing.plan().dispatch(logits).getShape().get(0));
  }
}
