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
 * A forward pass that frees the arrays of each layer, except its output and routing signals: it
 * needs the activation memory of one layer instead of all.
 */
public final class LayerwiseForward {
  private final LanguageModel model;
  private final RecordingStore recording;
  private final NDArray ids; // (B, S)
  private final NDManager scope;
  private final boolean training;
  private final Map<String, RoutingSignals> signals = new LinkedHashMap<>();

  /**
   * Starts a pass.
   *
   * @param recording receives the signals of the current layer; see {@link #signals}
   * @param scope owner of the arrays that are kept
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

  /** Returns the input of the first layer, (B, S, D). */
  public NDArray embed() {
    return model.embed(recording, ids, 0, training);
  }

  /** Returns the output of a layer (B, S, D), detached from its graph. */
  public NDArray layer(int layer, NDArray input) {
    try (NDManager part = scope.newSubManager()) {
      NDArray x = leaf(input, part);
      NDArray output = model.layer(in(part), layer, x, ids, training);
      NDArray kept = kept(output); // (B, S, D)
      recording
          .signals()
          .forEach((path, found) -> signals.computeIfAbsent(path, p -> found.detach(scope)));
      Map<String, NDArray> states = new LinkedHashMap<>();
      recording.states().all().forEach((name, state) -> states.put(name, kept(state)));
      recording.states().resume(states);
      return kept;
    }
  }

  private NDArray kept(NDArray state) {
    NDArray fixed = state.stopGradient();
    fixed.attach(scope);
    return fixed;
  }

  /** Returns the states that the layers so far carry to the next, by name. */
  public Map<String, NDArray> carried() {
    return recording.states().all();
  }

  /**
   * Returns the logits (B, S, V) for the output of the last layer, owned by that array's manager.
   */
  public NDArray head(NDArray x) {
    return model.head(in(x.getManager()), x, training);
  }

  /** Returns the detached signals of the layers computed so far, by path. */
  public Map<String, RoutingSignals> signals() {
    return Collections.unmodifiableMap(signals);
  }

  /** Returns a detached copy that requires a gradient. */
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
