package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.LayerwiseForward;
import org.jmoe.transformer.LanguageModel;

/**
 * Activation recomputation (Chen et al. 2016, section 4): only the input of each layer is kept, and
 * the layer is recomputed in the backward pass. This needs the activation memory of one layer
 * instead of all, and the time of a second forward pass. Random numbers are drawn from named seeds,
 * so the second pass repeats the first and the gradients are bit-identical to those of a single
 * pass.
 *
 * <p>Routing signals are recorded in the first pass only. Balance losses are computed over all
 * layers; their gradients with respect to a layer's signals become output gradients of that layer
 * in the second pass, so a loss may combine layers arbitrarily.
 */
final class RecomputedPass {
  private final Objective objective;
  private final Seed seed;
  private final LanguageModel model;
  private final Batch batch;
  private final NDManager scope;
  private final GradientSums gradients;
  private final RecordingStore recording; // first pass
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
    // With autograd enabled, so that the same kernels run as in the second pass.
    first = new LayerwiseForward(model, recording, ids, scope, true);
  }

  MicroBatch run() {
    // Tied embeddings: the gradients of input and output are summed first.
    try (GradientSums ends = gradients.empty(scope)) {
      NDArray embedded = first.embed(); // (B, S, D)
      List<NDArray> inputs = new ArrayList<>(); // input of each layer and of the head, (B, S, D)
      List<Map<String, NDArray>> states = new ArrayList<>(); // that reach each layer
      inputs.add(embedded);
      for (int layer = 0; layer < model.spec().layerCount(); layer++) {
        states.add(first.carried());
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
        gradient = ends.addOf(List.of(objective.share(text.loss())), List.of(), List.of(x)).get(0);
        gradient.attach(scope);
      }
      Map<String, NDArray> ofStates = new LinkedHashMap<>();
      for (int layer = model.spec().layerCount() - 1; layer >= 0; layer--) {
        inputs.get(layer + 1).close();
        gradient =
            recompute(layer, inputs.get(layer), states.get(layer), gradient, ofStates, ofSignals);
      }
      if (!Gradients.requiringGrad(List.of(embedded)).isEmpty()) { // not frozen
        ends.addOf(List.of(embedded), List.of(gradient));
      }
      gradients.add(ends);
      return new MicroBatch(
          text.nats(), text.weight(), text.penalties(), first.signals(), recording);
    }
  }

  /**
   * Returns the gradients of the balance losses with respect to the signals of each layer, by path.
   */
  private Map<String, List<Optional<NDArray>>> routingGradients(NDArray balance) {
    List<NDArray> arrays = new ArrayList<>();
    first.signals().values().forEach(s -> arrays.addAll(s.differentiable()));
    if (Gradients.requiringGrad(List.of(balance)).isEmpty()) {
      return Map.of();
    }
    List<Optional<NDArray>> found =
        Gradients.allowUnused(scope, List.of(objective.share(balance)), List.of(), arrays);
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
   * Recomputes a layer and adds its parameter gradients.
   *
   * @param states that reach the layer
   * @param above gradient with respect to its output
   * @param ofStates gradients with respect to the states that leave the layer, replaced by those
   *     with respect to the states that reach it
   * @return gradient with respect to its input, (B, S, D)
   */
  private NDArray recompute(
      int layer,
      NDArray input,
      Map<String, NDArray> states,
      NDArray above,
      Map<String, NDArray> ofStates,
      Map<String, List<Optional<NDArray>>> ofSignals) {
    try (NDManager part = scope.newSubManager()) {
      above.attach(part);
      NDArray x = LayerwiseForward.leaf(input, part);
      Map<String, NDArray> carried = new LinkedHashMap<>();
      states.forEach((name, state) -> carried.put(name, LayerwiseForward.leaf(state, part)));
      RecordingStore second = objective.recording(seed, part, batch);
      second.states().resume(carried);
      List<NDArray> outputs = new ArrayList<>();
      List<NDArray> weights = new ArrayList<>();
      outputs.add(model.layer(second, layer, x, ids, true)); // (B, S, D)
      weights.add(above);
      ofStates.forEach(
          (name, gradient) -> {
            outputs.add(Objects.requireNonNull(second.states().all().get(name)));
            weights.add(gradient);
          });
      second
          .signals()
          .forEach(
              (path, signals) -> {
                List<NDArray> arrays = signals.differentiable();
                List<Optional<NDArray>> own = ofSignals.getOrDefault(path, List.of());
                for (int i = 0; i < own.size(); i++) {
                  if (own.get(i).isPresent()) {
                    outputs.add(arrays.get(i));
                    weights.add(own.get(i).get());
                  }
                }
              });
      List<NDArray> inputs = new ArrayList<>(List.of(x));
      inputs.addAll(carried.values());
      List<NDArray> found = gradients.addOf(outputs, weights, inputs);
      found.forEach(gradient -> gradient.attach(scope));
      ofStates.clear();
      int at = 1;
      for (String name : carried.keySet()) {
        ofStates.put(name, found.get(at++));
      }
      return found.get(0); // (B, S, D)
    }
  }
}
