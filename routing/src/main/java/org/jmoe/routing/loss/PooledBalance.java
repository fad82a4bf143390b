package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.List;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;

/**
 * The balance loss of Mixtral, Qwen-MoE and OLMoE in Hugging Face ({@code
 * load_balancing_loss_func}): Switch's, but pooled over the tokens of all layers, so that opposite
 * imbalances of layers cancel. The attention mask applies to counts, probabilities and the number
 * of tokens. k when balanced.
 */
public record PooledBalance() implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of("mixtral", new PooledBalance(), "qwen", "olmoe", "mixtral-pooled"));

  @Override
  public NDArray of(RoutingSignals signals) {
    return ofLayers(List.of(signals));
  }

  @Override
  public NDArray ofLayers(Collection<RoutingSignals> layers) {
    NDArray mass = null; // (1, E)
    NDArray counts = null; // (1, E)
    double tokens = 0;
    double factor = 0;
    for (RoutingSignals signals : layers) {
      if (signals.balanced()) {
        return Sums.zero(signals);
      }
      NDArray probs = Sums.real(signals.probs(), signals); // (T, E)
      NDArray layerMass = Sums.mass(probs, 1); // (1, E)
      NDArray layerCounts = Sums.counts(signals.choices(), signals.experts(), 1, probs); // (1, E)
      mass = mass == null ? layerMass : mass.add(layerMass);
      counts = counts == null ? layerCounts : counts.add(layerCounts);
      tokens += signals.realTokens();
      factor = signals.experts();
    }
    if (mass == null || counts == null) {
      throw new IllegalArgumentException("a balance loss needs at least one layer");
    }
    return Sums.product(mass, counts, factor * Sums.inverseSquare(tokens));
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return value / signals.choices().getShape().get(1);
  }
}
