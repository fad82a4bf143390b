package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Published forms of the squared coefficient of variation. */
public enum VariationForm {
  /** Population variance over {@code mean^2 + 1e-10} (tensor2tensor, the paper's code). */
  POPULATION,
  /**
   * Variance with n - 1 over {@code mean^2 + 1e-10}; 0 for one expert (FastMoE, Tutel,
   * davidmrau/mixture-of-experts).
   */
  UNBIASED,
  /** {@code (population standard deviation / mean)^2} (V-MoE). */
  VMOE;

  private static final double EPSILON = 1e-10;
  private static final double MIN_SQUARE = 1e-38; // zero load has zero variation

  /** Returns the squared coefficient of variation of x (E), a 0-d array. */
  NDArray of(NDArray x) {
    double n = x.size();
    if (n == 1) {
      return Ops.scale(x.sum(), 0);
    }
    NDArray mean = x.mean(); // ()
    NDArray difference = x.sub(mean); // (E)
    NDArray variance =
        Ops.scale(difference.mul(difference).sum(), 1 / (this == UNBIASED ? n - 1 : n)); // ()
    NDArray square = mean.mul(mean); // ()
    return variance.div(
        this == VMOE ? RoutingOps.clampMin(square, MIN_SQUARE) : Ops.shift(square, EPSILON));
  }
}
