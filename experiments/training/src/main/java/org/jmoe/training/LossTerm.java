package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import java.util.Collection;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.MoeLoss;
import org.jmoe.layer.RoutingSignals;

/**
 * A balance loss of a run.
 *
 * @param loss which
 * @param coefficient what it counts
 */
public record LossTerm(AuxLoss loss, double coefficient) {
  /** Checks the coefficient. */
  public LossTerm {
    new MoeLoss.Weighted(loss.getClass().getSimpleName(), loss, coefficient); // checks
  }

  /** Its name in tables. */
  public String name() {
    return loss.getClass().getSimpleName();
  }

  /** {@code coefficient * loss} over a model's MoE layers, a 0-d array. */
  NDArray of(Collection<RoutingSignals> layers) {
    return new MoeLoss.Weighted(name(), loss, coefficient).of(layers);
  }
}
