package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.LayerwiseForward;
import org.jmoe.transformer.LanguageModel;

/**
 * Keeps the input of each layer alone and computes the layer again when its gradient is taken (Chen
 * et al. 2016, section 4): memory of one layer in place of all, for the time of a second forward
 * pass. Draws come from names, so the second pass repeats the first, and the gradients are those of
 * a single pass to the bit.
 *
 * <p>What routers tell is taken from the first pass, once. Balance losses are computed of all
 * layers together; their gradients to what a layer told weigh that layer's outputs in its second
 * pass, so a loss may combine layers as it likes.
 */
final class RecomputedPass {
  private final Objective objective;
  private final Seed seed;
  private final LanguageModel model;
  private final Batch batch;
  private final NDManager scope;
  private final GradientSums gradients;
  private final RecordingStore recording; // of the first pass
  private final NDArray ids; // (B, S)
  private final LayerwiseForward first;

  RecomputedPass(
      Objective objective,
      Seed seed,
      LanguageModel model,
      Batch batch,
      NDManager scope,
      GradientSums gradients) {
    this.objective = objective;
    this.seed = seed;
    this.model = model;
    this.batch = batch;
    this.scope = scope;
    this.gradients = gradients;
    recording = objective.recording(seed, scope, batch);
    ids = batch.inputs(scope);
    // It records, so that the same kernels run as in the second pass.
    first = new LayerwiseForward(model, recording, ids, scope, true);
  }

  MicroBatch run() {
    // A matrix that is embedding and output too has its two gradients added up before any other.
    try (GradientSums ends = gradients.empty(scope)) {
      NDArray embedded = first.embed(); // (B, S, D)
      List<NDArray> inputs = new ArrayList<>(); // of each layer and of the head, (B, S, D)
      inputs.add(embedded);
      for (int layer = 0; layer < model.spec().layerCount(); layer++) {
        inputs.add(first.layer(layer, inputs.get(layer)));
      }
      Map<String, List<Optional<NDArray>>> ofSignals = new HashMap<>();
      Objective.Part text;
      NDArray gradient; // (B, S, D)
      try (NDManager part = scope.newSubManager()) {
        NDArray x = LayerwiseForward.leaf(inputs.get(inputs.size() - 1), part);
        NDArray logits = first.head(x); // (B, S, V)
        text = objective.ofText(batch, part, ids, logits);
        objective
            .ofRouting(first.signals(), text.penalties())
            .ifPresent(balance -> ofSignals.putAll(routingGradients(balance)));
        gradient = ends.addOf(List.of(objective.share(text.loss())), List.of(), x);
        gradient.attach(scope);
      }
      for (int layer = model.spec().layerCount() - 1; layer >= 0; layer--) {
        inputs.get(layer + 1).close();
        gradient = again(layer, inputs.get(layer), gradient, ofSignals);
      }
      if (!Gradients.requiringGrad(List.of(embedded)).isEmpty()) { // else frozen
        ends.addOf(List.of(embedded), List.of(gradient));
      }
      gradients.add(ends);
      return new MicroBatch(
          text.nats(), text.weight(), text.penalties(), first.signals(), recording);
    }
  }

  /** The gradients of the balance losses to what each layer told, by its path. */
  private Map<String, List<Optional<NDArray>>> routingGradients(NDArray balance) {
    List<NDArray> told = new ArrayList<>();
    first.signals().values().forEach(s -> told.addAll(s.differentiable()));
    if (Gradients.requiringGrad(List.of(balance)).isEmpty()) {
      return Map.of();
    }
    List<Optional<NDArray>> found =
        Gradients.allowUnused(scope, List.of(objective.share(balance)), List.of(), told);
    Map<String, List<Optional<NDArray>>> byPath = new HashMap<>();
    int at = 0;
    for (Map.Entry<String, RoutingSignals> layer : first.signals().entrySet()) {
      int count = layer.getValue().differentiable().size();
      byPath.put(layer.getKey(), found.subList(at, at + count));
      at += count;
    }
    return byPath;
  }

  /**
   * Computes a layer again and adds the gradients to its parameters.
   *
   * @param above gradient to its output
   * @return the gradient to its input, (B, S, D)
   */
  private NDArray again(
      int layer, NDArray input, NDArray above, Map<String, List<Optional<NDArray>>> ofSignals) {
    try (NDManager part = scope.newSubManager()) {
      above.attach(part);
      NDArray x = LayerwiseForward.leaf(input, part);
      RecordingStore second = objective.recording(seed, part, batch);
      List<NDArray> outputs = new ArrayList<>();
      List<NDArray> weights = new ArrayList<>();
      outputs.add(model.layer(second, layer, x, ids, null, null, true)); // (B, S, D)
      weights.add(above);
      second
          .signals()
          .forEach(
              (path, told) -> {
                List<NDArray> arrays = told.differentiable();
                List<Optional<NDArray>> own = ofSignals.getOrDefault(path, List.of());
                for (int i = 0; i < own.size(); i++) {
                  if (own.get(i).isPresent()) {
                    outputs.add(arrays.get(i));
                    weights.add(own.get(i).get());
                  }
                }
              });
      NDArray gradient = gradients.addOf(outputs, weights, x); // (B, S, D)
      gradient.attach(scope);
      return gradient;
    }
  }
}
