package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterContext.GivenDraws;
import org.jmoe.layer.Routing;
import org.jmoe.tensor.Ops;

/** Gaussian noise on logits, with one standard deviation for all. */
public final class GaussianNoise {
  private GaussianNoise() {}

  /** Returns logits (T, E) plus given noise, or in training plus sampled noise. */
  public static NDArray added(NDArray logits, RouterContext context, double std) {
    NDArray given = context.givenNoise(); // (T, E)
    if (given != null && context.training()) {
      return logits.add(given);
    }
    if (!context.drawsNoise() || std == 0) {
      return logits;
    }
    NDArray normal = Ops.normal(logits.stopGradient(), context.seed().child("noise")); // (T, E)
    return logits.add(Ops.scale(normal, std));
  }

  /** Adds the noise to the signals of a routing, if there was any. */
  public static Routing withNoise(
      Routing routing, NDArray logits, NDArray noisy, RouterContext context, double std) {
    if (noisy == logits) {
      return routing;
    }
    GivenDraws given = context.given();
    double sigmaValue = given == null || given.noise() == null ? std : given.noiseStd();
    NDArray sigma = logits.getManager().full(new Shape(1, 1), 1f, logits.getDataType());
    return new Routing(
        routing.plan(),
        routing.signals().withNoise(noisy, Ops.scale(sigma, sigmaValue)),
        routing.passThrough());
  }
}
