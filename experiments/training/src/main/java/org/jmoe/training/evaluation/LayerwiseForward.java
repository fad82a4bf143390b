package org.jmoe.training.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.transformer.LanguageModel;

/**
 * A forward pass in which the arrays of a layer end with it, all but its output and what its router
 * told: memory of one layer in place of all.
 */
public final class LayerwiseForward {
  private final LanguageModel model;
  private final RecordingStore recording;
  private final NDArray ids; // (B, S)
  private final NDManager scope;
  private final boolean training;
  private final Map<String, RoutingSignals> signals = new LinkedHashMap<>();

  /**
   * Begins a pass.
   *
   * @param recording whose signals are those of the layer at work; see {@link #signals}
   * @param scope owns what is kept
   */
  public LayerwiseForward(
      LanguageModel model,
      RecordingStore recording,
      NDArray ids,
      NDManager scope,
      boolean training) {
    this.model = model;
    this.recording = recording;
    this.ids = ids;
    this.scope = scope;
    this.training = training;
  }

  /** What goes into the first layer, (B, S, D). */
  public NDArray embed() {
    return model.embed(recording, ids, 0, training);
  }

  /** The output of a layer (B, S, D), without what it was computed from. */
  public NDArray layer(int layer, NDArray input) {
    try (NDManager part = scope.newSubManager()) {
      NDArray x = leaf(input, part);
      NDArray output = model.layer(in(part), layer, x, ids, null, null, training);
      NDArray kept = output.stopGradient(); // (B, S, D)
      kept.attach(scope);
      recording
          .signals()
          .forEach((path, found) -> signals.computeIfAbsent(path, p -> found.detach(scope)));
      return kept;
    }
  }

  /** The logits (B, S, V) of the output of the last layer, with the manager of that. */
  public NDArray head(NDArray x) {
    return model.head(in(x.getManager()), x, training);
  }

  /** What the layers so far told, by their paths; gradients end at them. */
  public Map<String, RoutingSignals> signals() {
    return Collections.unmodifiableMap(signals);
  }

  /** The same numbers, to which the gradient is wanted. */
  public static NDArray leaf(NDArray x, NDManager owner) {
    NDArray leaf = x.stopGradient();
    leaf.attach(owner);
    leaf.setRequiresGradient(true);
    return leaf;
  }

  private ParameterStore in(NDManager part) {
    return RecordingStore.over(recording, ps -> new ParameterStore(part, false));
  }
}
