package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;

/**
 * The load loss (Shazeer et al. 2017, equation 11): the squared coefficient of variation of the
 * smooth load. 0 when balanced.
 *
 * @param estimate of the load
 * @param form of the coefficient of variation
 */
public record Load(LoadEstimate estimate, VariationForm form) implements AuxLoss {
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
