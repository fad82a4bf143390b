package org.jmoe.djl;

import ai.djl.ndarray.NDList;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import com.google.common.base.Preconditions;
import java.util.Map;
import org.jmoe.layer.RoutingSignals;

/**
 * Updates the adaptive routers of a model, such as the biases of DeepSeek-V3, after each training
 * batch of a DJL trainer. The model must be wrapped in {@link RecordingModel}. DJL notifies before
 * the optimizer's step, which does not touch what the routers adapt.
 */
public final class AdaptationListener extends TrainingListenerAdapter {
  /** Creates a listener, for {@code DefaultTrainingConfig.addTrainingListeners}. */
  public AdaptationListener() {}

  /**
   * Updates the routers.
   *
   * @throws IllegalStateException if the model has adaptive routers but no routing signals
   */
  @Override
  public void onTrainingBatch(Trainer trainer, BatchData batch) {
    try (Adaptation step = new Adaptation(trainer.getModel().getBlock(), trainer.getManager())) {
      for (NDList predictions : batch.getPredictions().values()) {
        Map<String, RoutingSignals> layers = SignalList.layers(predictions);
        Preconditions.checkState(
            step.isEmpty() || !layers.isEmpty(),
            "the model has adaptive routers, but its output has no routing signals; wrap the model"
                + " in new RecordingModel(model)");
        step.observe(layers);
      }
      step.apply();
    }
  }
}
