package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import java.util.Collection;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * MegaBlocks' balance loss (Gale et al. 2022; {@code layers/moe.py batched_load_balancing_loss}):
 * {@code E / (L T k) sum_e c_e P_e} summed over the L layers, before any capacity; 1 when balanced.
 */
public record MegaBlocksBalance() implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(LossPreset.of("megablocks", new MegaBlocksBalance()));

  @Override
  public NDArray of(RoutingSignals signals) {
    return new DeepSpeedBalance(true).of(signals);
  }

  @Override
  public NDArray ofLayers(Collection<RoutingSignals> layers) {
    return Ops.scale(AuxLoss.super.ofLayers(layers), 1.0 / layers.size());
  }
}
