package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** How a squared coefficient of variation is computed; systems of one name differ. */
public enum VariationForm {
  /** Population variance over {@code mean^2 + 1e-10} (tensor2tensor, the paper's own code). */
  POPULATION,
  /**
   * Variance with n - 1 over {@code mean^2 + 1e-10}, 0 for one expert (FastMoE, Tutel,
   * davidmrau/mixture-of-experts).
   */
  UNBIASED,
  /** {@code (population deviation / mean)^2} (V-MoE). */
  VMOE;

  private static final double EPSILON = 1e-10;
  private static final double LEAST = 1e-38; // so that no load at all varies by 0

  /** The squared coefficient of variation of x (E), a 0-d array. */
  NDArray of(NDArray x) {
    double n = x.size();
    if (n == 1) {
      return Ops.scale(x.sum(), 0);
    }
    NDArray mean = x.mean(); // ()
    NDArray apart = x.sub(mean); // (E)
    NDArray variance = Ops.scale(apart.mul(apart).sum(), 1 / (this == UNBIASED ? n - 1 : n)); // ()
    NDArray square = mean.mul(mean); // ()
    return variance.div(
        this == VMOE ? RoutingOps.clampMin(square, LEAST) : Ops.shift(square, EPSILON));
  }
}
