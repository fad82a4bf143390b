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
 * A DJL loss that adds balance losses to a task loss. Predictions must come from a {@link
 * RecordingModel}.
 */
public final class MoeLoss extends Loss {
  private final Loss task;
  private final ImmutableList<LossTerm> balance;

  /**
   * Creates the sum of a task loss on the first output and balance losses on the routing signals.
   */
  public MoeLoss(Loss task, LossTerm... balance) {
    super("MoeLoss");
    this.task = task;
    this.balance = ImmutableList.copyOf(balance);
  }

  /**
   * Returns the total loss; the task loss alone outside of training, where {@link RecordingModel}
   * outputs no signals.
   *
   * @throws IllegalStateException if there are balance losses but the predictions have no signals
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    Map<String, RoutingSignals> layers = SignalList.layers(predictions);
    Preconditions.checkState(
        balance.isEmpty()
            || !layers.isEmpty()
            || RecordingModel.WITHOUT_SIGNALS.equals(predictions.head().getName()),
        "a balance loss is configured, but the model output has no routing signals; wrap the model"
            + " in new RecordingModel(model)");
    NDArray total = task.evaluate(labels, new NDList(predictions.head()));
    if (layers.isEmpty()) {
      return total;
    }
    for (LossTerm term : balance) {
      total = total.add(term.of(layers.values()));
    }
    return total;
  }
}
