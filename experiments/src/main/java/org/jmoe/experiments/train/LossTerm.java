package org.jmoe.experiments.train;

import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.MoeLoss;

/**
 * A balance loss of a run.
 *
 * @param loss which
 * @param coefficient what it counts
 */
public record LossTerm(AuxLoss loss, double coefficient) {
  /** Checks the coefficient. */
  public LossTerm {
    new MoeLoss.Weighted(loss.getClass().getSimpleName(), loss, coefficient);
  }

  /** Its name in tables. */
  public String name() {
    return loss.getClass().getSimpleName();
  }
}
