package org.jmoe.routing.specialisation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * SimBal (Omi, Sen and Farhadi 2025, Load Balancing Mixture of Experts with Similarity Preserving
 * Routers, arXiv 2506.14038): {@code |W^T W - I|_1}, the sum of absolute values, for the gate's
 * weights W (D, E). Orthonormal columns keep similar tokens at similar logits and so prevent
 * collapse without forcing equal loads. The paper's coefficient is 0.1; its orthogonal initial
 * weights are not reproduced.
 */
public record SimilarityPreservation() implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray gate = signals.input(Input.GATE); // (D, E)
    NDManager manager = gate.getManager();
    NDArray identity = Ops.cast(manager.eye(signals.experts()), gate.getDataType()); // (E, E)
    return gate.transpose().matMul(gate).sub(identity).abs().sum();
  }

  @Override
  public ImmutableSet<Input> inputs() {
    return ImmutableSet.of(Input.GATE);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
