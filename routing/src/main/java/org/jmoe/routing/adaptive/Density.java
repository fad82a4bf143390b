package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Choices of routers with a variable number of experts per token. */
final class Density {
  private Density() {}

  /**
   * Routes each token to the experts that are on, weighted by their scores.
   *
   * @param logits (T, E)
   * @param scores (T, E)
   * @param off (T, E) of boolean
   */
  static Routing route(
      NDArray logits, NDArray scores, NDArray off, Capacity capacity, RouterContext context) {
    int experts = Math.toIntExact(scores.getShape().get(1));
    NDArray ranked = Ops.top(scores, experts); // (T, E)
    NDArray left = Ops.cast(off, DataType.INT64).gather(ranked, 1).gt(0); // (T, E)
    NDArray choices = RoutingOps.fill(ranked, left, -1); // (T, E)
    NDArray weights = RoutingOps.fill(scores.gather(ranked, 1), left, 0); // (T, E)
    NDArray probs = ScoreFunction.normalised(RoutingOps.fill(scores, off, 0)); // (T, E)
    return Routing.of(logits, probs, choices, weights, capacity, context);
  }

  /** Returns the share of experts that are on for a real token, (1) of float64. */
  static NDArray of(RoutingSignals signals) {
    double pairs = Math.max(1, signals.realTokens()) * (double) signals.experts();
    NDArray counts = Ops.cast(signals.counts(), DataType.FLOAT64); // (E)
    return Ops.scale(counts.sum(new int[] {0}, true), 1 / pairs); // (1)
  }
}
