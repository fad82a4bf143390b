package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.tensor.RoutingOps;

/** Gumbel noise on logits: the argmax of the sum is a sample from their softmax. */
public final class GumbelNoise {
  private GumbelNoise() {}

  /** Returns logits (T, E) plus given noise, or in training plus sampled noise if wanted. */
  public static NDArray added(NDArray logits, RouterContext context, boolean wanted) {
    NDArray given = context.givenNoise(); // (T, E)
    if (given != null) {
      return logits.add(given);
    }
    // Not in place: upstream's += modifies the caller's logits.
    return wanted && context.drawsNoise()
        ? logits.add(RoutingOps.gumbel(logits.stopGradient(), context.seed().child("gumbel")))
        : logits;
  }
}
