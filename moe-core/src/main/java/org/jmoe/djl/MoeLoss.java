package org.jmoe.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.Map;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.RoutingSignals;

/**
 * A DJL loss that adds balance losses to that of a task; the predictions must come from a {@link
 * RecordingModel}.
 */
public final class MoeLoss extends Loss {
  private final Loss task;
  private final ImmutableList<LossTerm> balance;

  /** The task's loss on the first output, plus every balance loss on the recorded signals. */
  public MoeLoss(Loss task, LossTerm... balance) {
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
            + " new RecordingModel(model)");
    NDArray total = task.evaluate(labels, new NDList(predictions.head()));
    for (LossTerm term : balance) {
      total = total.add(term.of(layers.values()));
    }
    return total;
  }
}
