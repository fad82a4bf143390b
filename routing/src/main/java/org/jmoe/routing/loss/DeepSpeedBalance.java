package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;

/**
 * DeepSpeed's balance losses (Microsoft, {@code sharded_moe}): for top-1, GShard's with padding
 * masked only in the counts ({@code used_token}); for top-k, {@code E / k sum_e P_e f_e} over all
 * choices. 1 when balanced.
 *
 * @param allChoices whether all k choices are counted
 */
public record DeepSpeedBalance(boolean allChoices) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of("deepspeed-top1", new DeepSpeedBalance(false)),
          LossPreset.of("deepspeed-topk", new DeepSpeedBalance(true)));

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    NDArray probs = signals.probs(); // (T, E)
    NDArray choices = allChoices ? signals.choices() : Sums.place(signals, 0); // (T, K) or (T, 1)
    NDArray counts = Sums.counts(choices, signals.experts(), 1, probs); // (1, E)
    double k = choices.getShape().get(1);
    double all = allChoices ? signals.realTokens() : signals.tokens();
    NDArray mass = Sums.mass(allChoices ? Sums.real(probs, signals) : probs, 1); // (1, E)
    return Sums.product(mass, counts, signals.experts() / k * Sums.inverseSquare(all));
  }
}
