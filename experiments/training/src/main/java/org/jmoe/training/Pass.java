package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Map;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;

/** Forward and backward pass of one micro-batch. */
interface Pass {
  /**
   * Adds the gradients of a micro-batch.
   *
   * @param seed of noise and dropout
   * @param scope owns all that ends with the micro-batch
   */
  MicroBatch run(
      Objective objective,
      Seed seed,
      LanguageModel model,
      Batch batch,
      NDManager scope,
      GradientSums gradients);

  /** An empty recording. */
  static RecordingStore recording(Objective objective, Seed seed, NDManager scope) {
    return new RecordingStore(
        new ParameterStore(scope, false),
        seed,
        objective.spec().precision(),
        objective.spec().numerics().dropsTokens());
  }

  /** Keeps the inputs of layers alone and computes the layers a second time. */
  static Pass recomputed() {
    return (objective, seed, model, batch, scope, gradients) ->
        new RecomputedPass(objective, seed, model, batch, scope, gradients).run();
  }

  /** Keeps all that is computed until its gradient has been taken. */
  static Pass whole() {
    return (objective, seed, model, batch, scope, gradients) -> {
      RecordingStore recording = recording(objective, seed, scope);
      NDArray ids = batch.inputs(scope); // (B, S)
      NDArray logits = model.logits(recording, ids, null, null, true); // (B, S, V)
      Objective.Part text = objective.ofText(batch, scope, ids, logits);
      Map<String, RoutingSignals> signals = recording.signals();
      NDArray loss = // ()
          objective
              .ofRouting(signals.values(), text.penalties())
              .map(balance -> text.loss().add(balance))
              .orElse(text.loss());
      gradients.addOf(List.of(objective.share(loss)), List.of());
      return new MicroBatch(text.nats(), text.penalties(), signals, recording);
    };
  }
}
