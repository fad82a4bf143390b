package org.jmoe.analysis.intervention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;

/** The MoE layers of a model. */
public final class MoeLayers {
  private MoeLayers() {}

  /**
   * Returns the number of computing experts of each MoE layer by its path, in model order and
   * without layers inside experts. Runs the model on one token.
   */
  public static ImmutableMap<String, Integer> of(LanguageModel model, NDManager manager) {
    ImmutableMap.Builder<String, Integer> layers = ImmutableMap.builder();
    return NoGrad.get(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            NDArray ids = scope.create(new long[][] {{0}}); // (1, 1)
            RecordingStore recording =
                new RecordingStore(new ParameterStore(scope, false), Seed.of(0))
                    .with(
                        (layer, pass) -> {
                          if (!MoeLayer.isInsideExpert(layer.path())) {
                            layers.put(layer.path(), pass.routing().plan().experts());
                          }
                        });
            model.logits(recording, ids, null, null, false);
          }
          return layers.buildOrThrow();
        });
  }
}
