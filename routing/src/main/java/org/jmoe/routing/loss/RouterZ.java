package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * The router z-loss of ST-MoE (Zoph et al. 2022, equation 5): the mean over tokens of {@code
 * logsumexp(logits)^2} on raw logits, before noise and bias, which keeps logits small. Megatron-LM
 * excludes padding; flaxformer sets its logits to 0 and counts it, {@code (ln E)^2} each.
 *
 * @param padding treatment of padding
 */
public record RouterZ(PaddingRule padding) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of("z", new RouterZ(), "router-z", "zloss", "megatron-z", "st-moe-z"),
          LossPreset.of("z-flaxformer", new RouterZ(PaddingRule.COUNTED), "flaxformer-z"));

  /** Creates the loss with padding removed. */
  public RouterZ() {
    this(PaddingRule.REMOVED);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    NDArray mask = signals.padding(); // (T)
    NDArray logits = signals.logits(); // (T, E)
    boolean counted = padding != PaddingRule.REMOVED;
    NDArray z = Ops.logSumExp(mask == null ? logits : Ops.fillRows(logits, mask, 0)); // (T)
    NDArray squares = z.mul(z).expandDims(1); // (T, 1)
    double tokens = counted ? signals.tokens() : signals.realTokens();
    NDArray real = counted ? squares : Sums.real(squares, signals); // (T, 1)
    return Ops.scale(real.sum(), 1 / Math.max(1, tokens));
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return Double.NaN;
  }
}
