package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.Map;
import org.jmoe.tensor.Ops;

/**
 * A DJL loss that adds weighted balance losses to a task's own: the predictions are those of a
 * {@link Recorded} model.
 */
public final class MoeLoss extends Loss {
  /**
   * A balance loss and what it counts.
   *
   * @param name of the number in reports
   */
  public record Weighted(String name, AuxLoss loss, double coefficient) {
    /** Checks the coefficient. */
    public Weighted {
      Preconditions.checkArgument(
          Double.isFinite(coefficient) && coefficient >= 0,
          "coefficient of %s must be a number of at least 0, not %s",
          name,
          coefficient);
    }

    /** {@code coefficient * loss} over the layers, a 0-d array. */
    public NDArray of(Collection<RoutingSignals> layers) {
      return Ops.scale(loss.ofLayers(layers), coefficient);
    }
  }

  private final Loss task;
  private final ImmutableList<Weighted> balance;

  /** The task's loss on the first output, plus every balance loss on the recorded signals. */
  public MoeLoss(Loss task, Weighted... balance) {
    super("MoeLoss");
    this.task = task;
    this.balance = ImmutableList.copyOf(balance);
  }

  /**
   * The total loss.
   *
   * @throws IllegalStateException when balance losses are configured but no layer was recorded
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    Map<String, RoutingSignals> layers = RoutingSignals.fromList(predictions);
    Preconditions.checkState(
        balance.isEmpty() || !layers.isEmpty(),
        "a balance loss is configured but the model's output carries no routing: wrap the model in"
            + " new Recorded(model)");
    NDArray total = task.evaluate(labels, new NDList(predictions.head()));
    for (Weighted term : balance) {
      total = total.add(term.of(layers.values()));
    }
    return total;
  }
}
