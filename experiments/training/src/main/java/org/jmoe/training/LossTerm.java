package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.MoeLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.tensor.Ops;

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

  /** {@code coefficient * loss} over a model's MoE layers by path, a 0-d array. */
  NDArray of(Map<String, RoutingSignals> layers, StepCounts step) {
    return Ops.scale(loss.ofStep(layers, step), coefficient);
  }
}
