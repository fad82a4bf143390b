package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * What a router saw and chose, for losses and reports; lives as long as the batch.
 *
 * @param sequences B, into which the T tokens divide
 * @param logits (T, E) as the gate gave them, before noise and bias
 * @param probs (T, E) what the choice was made by; losses send their gradient through it
 * @param choices (T, K) of int64, the experts asked for before any capacity, -1 for none
 * @param weights (T, K) what each choice's output counts
 * @param kept (T, K) of boolean, the choices that got a place
 * @param noisy (T, E) logits after noise, where there was any
 * @param deviation (T, E) or (1) standard deviation of that noise
 * @param padding (T) of boolean, true for tokens left out
 * @param balanced whether the rule itself gives every expert the same, as expert choice does:
 *     balance losses of token choices are then 0 by definition
 */
public record RoutingSignals(
    long sequences,
    NDArray logits,
    NDArray probs,
    NDArray choices,
    NDArray weights,
    NDArray kept,
    @Nullable NDArray noisy,
    @Nullable NDArray deviation,
    @Nullable NDArray padding,
    boolean balanced) {

  /** Signals of a rule in which tokens choose. */
  public RoutingSignals(
      long sequences,
      NDArray logits,
      NDArray probs,
      NDArray choices,
      NDArray weights,
      NDArray kept,
      @Nullable NDArray noisy,
      @Nullable NDArray deviation,
      @Nullable NDArray padding) {
    this(sequences, logits, probs, choices, weights, kept, noisy, deviation, padding, false);
  }

  /** Number of experts E. */
  public int experts() {
    return Math.toIntExact(probs.getShape().get(1));
  }

  /** Number of tokens T. */
  public long tokens() {
    return probs.getShape().get(0);
  }

  /** How many tokens asked for each expert, (E) of int64; no gradient. */
  public NDArray counts() {
    return Ops.bincount(choices, experts());
  }

  /** The same with the noise that entered the choice. */
  public RoutingSignals withNoise(NDArray noisyLogits, NDArray standardDeviation) {
    return new RoutingSignals(
        sequences,
        logits,
        probs,
        choices,
        weights,
        kept,
        noisyLogits,
        standardDeviation,
        padding,
        balanced);
  }

  /** The same of a rule that is balanced by construction. */
  public RoutingSignals asBalanced() {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisy, deviation, padding, true);
  }

  /** The arrays that a loss can send gradients through, each once. */
  public List<NDArray> differentiable() {
    List<NDArray> each = new ArrayList<>();
    for (NDArray array : Arrays.asList(logits, probs, weights, noisy, deviation)) {
      if (array != null && each.stream().noneMatch(other -> other == array)) {
        each.add(array);
      }
    }
    return Gradients.requiringGrad(each);
  }

  /**
   * The same numbers without what they were computed from: the arrays of {@link #differentiable}
   * are replaced by ones that gradients end at, in the same order.
   *
   * @param owner of all arrays from now on
   */
  public RoutingSignals cut(NDManager owner) {
    IdentityHashMap<NDArray, NDArray> cuts = new IdentityHashMap<>();
    for (NDArray array : differentiable()) {
      NDArray cut = array.stopGradient();
      cut.setRequiresGradient(true);
      cuts.put(array, cut);
    }
    return new RoutingSignals(
        sequences,
        cut(logits, cuts, owner),
        cut(probs, cuts, owner),
        cut(choices, cuts, owner),
        cut(weights, cuts, owner),
        cut(kept, cuts, owner),
        noisy == null ? null : cut(noisy, cuts, owner),
        deviation == null ? null : cut(deviation, cuts, owner),
        padding == null ? null : cut(padding, cuts, owner),
        balanced);
  }

  private static NDArray cut(
      NDArray array, IdentityHashMap<NDArray, NDArray> cuts, NDManager owner) {
    NDArray kept = cuts.getOrDefault(array, array);
    kept.attach(owner);
    return kept;
  }

  /** Tokens that are not padding; waits for the device where there is padding. */
  public long realTokens() {
    return padding == null ? tokens() : tokens() - padding.sum().getLong();
  }

  /**
   * Named arrays (B, S, ..) as a model's output carries them, {@code layer:logits} and so on; the
   * number of sequences is their first axis.
   */
  public NDList toList(String layer) {
    NDList list = new NDList();
    fields()
        .forEach(
            (field, array) -> {
              NDArray output = array.reshape(split(array.getShape()));
              output.setName(layer + ":" + field);
              list.add(output);
            });
    return list;
  }

  /** Finds the signals of every layer among a model's outputs, in their order. */
  public static Map<String, RoutingSignals> fromList(List<NDArray> outputs) {
    Map<String, Map<String, NDArray>> layers = new LinkedHashMap<>();
    for (NDArray output : outputs) {
      String name = output.getName();
      int colon = name == null ? -1 : name.lastIndexOf(':');
      if (colon >= 0) {
        layers
            .computeIfAbsent(name.substring(0, colon), k -> new LinkedHashMap<>())
            .put(name.substring(colon + 1), output);
      }
    }
    Map<String, RoutingSignals> signals = new LinkedHashMap<>();
    layers.forEach((layer, fields) -> signals.put(layer, fromFields(layer, fields)));
    return signals;
  }

  private Map<String, NDArray> fields() {
    Map<String, NDArray> fields = new LinkedHashMap<>();
    fields.put("logits", logits);
    fields.put("probs", probs);
    fields.put("choices", choices);
    fields.put("weights", weights);
    fields.put("kept", kept);
    if (noisy != null && deviation != null) {
      fields.put("noisy", noisy);
      fields.put("deviation", deviation.broadcast(noisy.getShape()));
    }
    if (padding != null) {
      fields.put("padding", padding.expandDims(1));
    }
    if (balanced) {
      fields.put("balanced", kept.sum(new int[] {1}, true));
    }
    return fields;
  }

  private static RoutingSignals fromFields(String layer, Map<String, NDArray> fields) {
    NDArray logits = fields.get("logits");
    NDArray padding = flat(fields.get("padding"));
    if (logits == null) {
      throw new IllegalArgumentException("output of " + layer + " carries no router logits");
    }
    return new RoutingSignals(
        logits.getShape().get(0),
        required(layer, fields, "logits"),
        required(layer, fields, "probs"),
        required(layer, fields, "choices"),
        required(layer, fields, "weights"),
        required(layer, fields, "kept"),
        flat(fields.get("noisy")),
        flat(fields.get("deviation")),
        padding == null ? null : padding.squeeze(1),
        fields.containsKey("balanced"));
  }

  private static NDArray required(String layer, Map<String, NDArray> fields, String field) {
    NDArray array = flat(fields.get(field));
    if (array == null) {
      throw new IllegalArgumentException("output of " + layer + " carries no " + field);
    }
    return array;
  }

  /** (B, S, X) as (T, X). */
  private static @Nullable NDArray flat(@Nullable NDArray array) {
    if (array == null) {
      return null;
    }
    Shape shape = array.getShape();
    return array.reshape(shape.get(0) * shape.get(1), shape.get(2));
  }

  private Shape split(Shape flat) {
    return new Shape(sequences, flat.get(0) / sequences, flat.get(1));
  }
}
