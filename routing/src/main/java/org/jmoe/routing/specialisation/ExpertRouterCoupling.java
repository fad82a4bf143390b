package org.jmoe.routing.specialisation;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * Expert-router coupling (Lv et al. 2025, arXiv 2512.23447, equation 3): the column R_i of the gate
 * is a proxy for the tokens of expert i. M_ij is the norm of the activations {@code R_i W_j} of
 * proxy i in the first matrix of expert j (the gate's, for gated experts), and the loss is {@code
 * 1/E^2 sum_(i, j != i) max(M_ij - a M_ii, 0) + max(M_ji - a M_ii, 0)}. Each proxy is multiplied
 * elementwise by uniform noise in {@code 1 +- e_i}, where {@code e_i = min_j |R_i - R_j| / (2
 * |R_i|)} has no gradient.
 *
 * <p>Read in a summary with the equations and in a third-party implementation, which differ: there
 * no gradient reaches the gate; here it does, because the paper couples both sides.
 *
 * @param alpha a, the largest allowed ratio of other activations to a proxy's own; 1 in the paper's
 *     3B model, 0.5 in its 15B model
 */
public record ExpertRouterCoupling(double alpha) implements AuxLoss {
  private static final double FAR = 1e30;

  /** Checks the ratio. */
  public ExpertRouterCoupling {
    Preconditions.checkArgument(
        Double.isFinite(alpha) && alpha >= 0, "alpha must be at least 0, not %s", alpha);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    int experts = signals.experts();
    NDArray rows = signals.input(Input.GATE).transpose(); // (E, D)
    NDArray noise = noise(rows, signals.input(Input.GATE_DRAWS).transpose()); // (E, D)
    NDArray proxies = rows.mul(noise).expandDims(0); // (1, E, D)
    NDArray activations = proxies.matMul(signals.input(Input.EXPERTS_IN)); // (E, E, H) of j, i
    NDArray norms = RoutingOps.norm(activations).transpose(); // (E, E) of i, j
    NDArray identity = identity(rows, experts); // (E, E)
    NDArray own = Ops.scale(norms.mul(identity).sum(new int[] {1}, true), alpha); // (E, 1)
    NDArray expert = RoutingOps.clampMin(norms.sub(own), 0); // (E, E), other experts
    NDArray proxy = RoutingOps.clampMin(norms.transpose().sub(own), 0); // (E, E), other proxies
    NDArray others = RoutingOps.fill(expert.add(proxy), identity.gt(0), 0); // (E, E)
    return Ops.scale(others.sum(), 1.0 / experts / experts);
  }

  /** Returns the factors of the proxies, (E, D). */
  private static NDArray noise(NDArray rows, NDArray draws) {
    int experts = Math.toIntExact(rows.getShape().get(0));
    NDArray fixed = rows.stopGradient(); // (E, D)
    NDArray gram = fixed.matMul(fixed.transpose()); // (E, E)
    NDArray squares = fixed.mul(fixed).sum(new int[] {1}, true); // (E, 1)
    NDArray distances = // (E, E), squared
        squares.add(squares.transpose()).sub(Ops.scale(gram, 2));
    NDArray far = Ops.scale(identity(fixed, experts), FAR); // (E, E)
    NDArray nearest = // (E, 1)
        RoutingOps.clampMin(distances, 0).add(far).min(new int[] {1}, true).sqrt();
    NDArray bound = // (E, 1)
        experts == 1
            ? squares.zerosLike()
            : Ops.scale(nearest.div(RoutingOps.clampMin(squares.sqrt(), 1e-12)), 0.5);
    return Ops.shift(Ops.shift(Ops.scale(draws, 2), -1).mul(bound), 1);
  }

  private static NDArray identity(NDArray like, int experts) {
    return Ops.cast(like.getManager().eye(experts), like.getDataType()); // (E, E)
  }

  @Override
  public ImmutableSet<Input> inputs() {
    return ImmutableSet.of(Input.GATE, Input.GATE_DRAWS, Input.EXPERTS_IN);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
