package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.jmoe.layer.GivenDraws;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.tensor.Ops;

/** Gaussian noise of one deviation on logits. */
public final class GaussianNoise {
  private GaussianNoise() {}

  /** Logits (T, E) plus the noise that is given, or a drawn one while training. */
  public static NDArray added(NDArray logits, RouterContext context, double deviation) {
    NDArray given = context.givenNoise(); // (T, E)
    if (given != null && context.training()) {
      return logits.add(given);
    }
    if (!context.drawsNoise() || deviation == 0) {
      return logits;
    }
    NDArray normal = Ops.normal(logits.stopGradient(), context.seed().child("noise")); // (T, E)
    return logits.add(Ops.scale(normal, deviation));
  }

  /** A routing that tells of the noise, where there was any. */
  public static Routing told(
      Routing routing, NDArray logits, NDArray noisy, RouterContext context, double deviation) {
    if (noisy == logits) {
      return routing;
    }
    GivenDraws given = context.given();
    double told = given == null || given.noise() == null ? deviation : given.noiseStd();
    NDArray sigma = logits.getManager().full(new Shape(1, 1), 1f, logits.getDataType());
    return new Routing(
        routing.plan(),
        routing.signals().withNoise(noisy, Ops.scale(sigma, told)),
        routing.passThrough());
  }
}
