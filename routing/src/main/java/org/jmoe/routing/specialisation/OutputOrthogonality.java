package org.jmoe.routing.specialisation;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * Orthogonality loss (Guo et al. 2025, Advancing Expert Specialization for Better MoE, arXiv
 * 2505.22323, equation 5): for each token, the squared norms of the projections of the outputs of
 * its experts on each other, {@code sum_(j, k != j) |<x_j, x_k> / (<x_k, x_k> + e) x_k|^2}.
 * Averaged over real tokens, where the paper sums, so that the coefficient does not depend on the
 * size of the batch.
 */
public record OutputOrthogonality() implements AuxLoss {
  private static final double EPSILON = 1e-6;

  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray outputs = signals.input(Input.OUTPUTS); // (T, K, D); zeros where none computed
    long k = outputs.getShape().get(1);
    NDArray products = outputs.matMul(outputs.transpose(0, 2, 1)); // (T, K, K)
    NDArray identity = outputs.getManager().eye((int) k).expandDims(0); // (1, K, K)
    NDArray same = identity.gt(0); // (1, K, K)
    NDArray squares = // (T, 1, K), <x_k, x_k>
        RoutingOps.fill(products, same.logicalNot(), 0).sum(new int[] {1}, true);
    NDArray shifted = Ops.shift(squares, EPSILON); // (T, 1, K)
    NDArray lengths = products.mul(products).mul(squares).div(shifted.mul(shifted)); // (T, K, K)
    return Ops.scale(
        RoutingOps.fill(lengths, same, 0).sum(), 1.0 / Math.max(1, signals.realTokens()));
  }

  @Override
  public ImmutableSet<Input> inputs() {
    return ImmutableSet.of(Input.OUTPUTS);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
