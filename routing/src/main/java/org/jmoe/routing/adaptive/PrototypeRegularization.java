package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Checks;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * The regularization of latent prototype routing (Yang 2025, arXiv 2506.21328; {@code
 * TokenDistributionRouter.forward}): a weighted sum of
 *
 * <ul>
 *   <li>diversity: the mean squared distance of the cosine similarities of the prototypes from the
 *       identity;
 *   <li>divergence: the mean over tokens of the Kullback-Leibler divergence of their Gaussians from
 *       the standard normal distribution;
 *   <li>alignment: the mean absolute distance of the prototypes from the sums of the sampled
 *       tokens, weighted by a softmax over all experts in which those not chosen have a score of 0.
 *       The sums have no gradient.
 * </ul>
 *
 * <p>The code adds the diversity of the tokens of a batch, (T, T), which is left out.
 *
 * @param diversity weight
 * @param divergence weight
 * @param alignment weight
 */
public record PrototypeRegularization(double diversity, double divergence, double alignment)
    implements AuxLoss {
  private static final double MIN_LENGTH = 1e-12;

  /** Checks the weights. */
  public PrototypeRegularization {
    Checks.nonNegative(diversity, "diversity");
    Checks.nonNegative(divergence, "divergence");
    Checks.nonNegative(alignment, "alignment");
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray prototypes = signals.input(Input.PROTOTYPES); // (E, Z)
    return Ops.scale(diversity(prototypes), diversity)
        .add(Ops.scale(divergence(signals), divergence))
        .add(Ops.scale(prototypes.sub(targets(signals)).abs().mean(), alignment));
  }

  private static NDArray diversity(NDArray prototypes) {
    int experts = Math.toIntExact(prototypes.getShape().get(0));
    NDArray unit = RoutingOps.normalize(prototypes, 1, MIN_LENGTH); // (E, Z)
    NDArray identity = prototypes.getManager().eye(experts); // (E, E)
    NDArray gap = // (E, E)
        unit.matMul(unit.transpose()).sub(Ops.cast(identity, unit.getDataType()));
    return gap.mul(gap).mean();
  }

  private static NDArray divergence(RoutingSignals signals) {
    NDArray means = means(signals); // (T, Z)
    NDArray logs = logs(signals); // (T, Z)
    NDArray each = // (T, Z)
        Ops.shift(logs.sub(means.mul(means)).sub(logs.exp()), 1);
    NDArray padding = signals.padding(); // (T)
    NDArray real = padding == null ? each : Ops.fillRows(each, padding, 0); // (T, Z)
    return Ops.scale(real.sum(), -0.5 / Math.max(1, signals.realTokens()));
  }

  /** Returns the sums of sampled tokens that the prototypes should be near, (E, Z). */
  private static NDArray targets(RoutingSignals signals) {
    NDArray std = Ops.scale(logs(signals).stopGradient(), 0.5).exp(); // (T, Z)
    NDArray draws = signals.input(Input.LATENT_DRAWS).stopGradient(); // (T, Z)
    NDArray sampled = means(signals).stopGradient().add(std.mul(draws)); // (T, Z)
    NDArray logits = signals.logits().stopGradient(); // (T, E)
    NDArray chosen = Ops.softmax(RoutingOps.fill(logits, unchosen(signals), 0)); // (T, E)
    NDArray padding = signals.padding(); // (T)
    NDArray real = padding == null ? chosen : Ops.fillRows(chosen, padding, 0); // (T, E)
    return real.transpose().matMul(sampled);
  }

  private static NDArray unchosen(RoutingSignals signals) {
    NDArray choices = signals.choices(); // (T, K)
    NDArray places = RoutingOps.negativesToZero(choices).oneHot(signals.experts()); // (T, K, E)
    NDArray none = choices.lt(0).expandDims(2); // (T, K, 1)
    return RoutingOps.fill(places, none, 0).sum(new int[] {1}).lt(0.5); // (T, E)
  }

  private static NDArray means(RoutingSignals signals) {
    NDArray latents = signals.input(Input.LATENTS); // (T, 2 Z)
    return AttentionOps.columns(latents, 0, latents.getShape().get(1) / 2);
  }

  private static NDArray logs(RoutingSignals signals) {
    NDArray latents = signals.input(Input.LATENTS); // (T, 2 Z)
    long width = latents.getShape().get(1) / 2;
    return AttentionOps.columns(latents, width, width);
  }

  @Override
  public ImmutableSet<Input> inputs() {
    return ImmutableSet.of(Input.LATENTS, Input.LATENT_DRAWS, Input.PROTOTYPES);
  }

  /** Not a measure of balance. */
  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
