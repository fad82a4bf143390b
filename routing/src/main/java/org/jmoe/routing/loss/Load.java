package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;

/**
 * The load loss (Shazeer et al. 2017, equation 11): the squared coefficient of variation of the
 * smooth load. 0 when balanced.
 *
 * @param estimate of the load
 * @param form of the coefficient of variation
 */
public record Load(LoadEstimate estimate, VariationForm form) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "load", new Load(), "load-population", "load-t2t", "load-shazeer", "load-cv2"),
          LossPreset.of("load-unbiased", new Load(LoadEstimate.SHAZEER, VariationForm.UNBIASED)),
          LossPreset.of("load-vmoe", new Load(LoadEstimate.VMOE, VariationForm.VMOE)),
          LossPreset.of("load-tutel", new Load(LoadEstimate.TUTEL, VariationForm.UNBIASED)));

  /** Creates the loss of the paper. */
  public Load() {
    this(LoadEstimate.SHAZEER, VariationForm.POPULATION);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    return form.of(estimate.load(signals));
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return 1 + value;
  }
}
