package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import java.util.Collection;
import java.util.Map;
import org.jmoe.tensor.Ops;

/**
 * A balance loss with its weight in the total loss.
 *
 * @param loss unweighted loss
 * @param coefficient weight, finite and at least 0
 */
public record LossTerm(AuxLoss loss, double coefficient) {
  /** Checks the coefficient. */
  public LossTerm {
    Preconditions.checkArgument(
        Double.isFinite(coefficient) && coefficient >= 0,
        "coefficient of %s must be finite and at least 0, not %s",
        loss.getClass().getSimpleName(),
        coefficient);
  }

  /** Returns the name of the loss for tables. */
  public String name() {
    return loss.getClass().getSimpleName();
  }

  /** Returns {@code coefficient * loss} over the layers of a batch, a 0-d array. */
  public NDArray of(Collection<RoutingSignals> layers) {
    return Ops.scale(loss.ofLayers(layers), coefficient);
  }

  /** Returns {@code coefficient * loss} over the layers of a micro-batch, by path, a 0-d array. */
  public NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return Ops.scale(loss.ofStep(layers, step), coefficient);
  }
}
