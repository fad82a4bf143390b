package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.tensor.RoutingOps;

/** Gumbel's noise on logits: the largest of the sum is a draw from their softmax. */
public final class GumbelNoise {
  private GumbelNoise() {}

  /** Logits (T, E) plus the noise that is given, or a drawn one if wanted while training. */
  public static NDArray added(NDArray logits, RouterContext context, boolean wanted) {
    NDArray given = context.givenNoise(); // (T, E)
    if (given != null) {
      return logits.add(given);
    }
    // A sum, never in place: upstream's += leaves the caller's logits noisy.
    return wanted && context.drawsNoise()
        ? logits.add(RoutingOps.gumbel(logits.stopGradient(), context.seed().child("gumbel")))
        : logits;
  }
}
