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
 * Inputs and choices of a router, for losses and reports; valid as long as the batch.
 *
 * @param sequences B; the T tokens are B sequences of equal length
 * @param logits (T, E) of the gate, before noise and bias
 * @param probs (T, E) on which the choice is based; losses pass gradients through them
 * @param choices (T, K) of int64, the requested experts before any capacity, -1 for none
 * @param weights (T, K) weight of each choice's output
 * @param kept (T, K) of boolean, the choices not dropped
 * @param noisy (T, E) logits after noise; null without noise
 * @param noiseStd (T, E) or (1) standard deviation of the noise; null without noise
 * @param padding (T) of boolean, true for tokens that are not routed; null for none
 * @param balanced whether the router is balanced by construction, as expert choice is; balance
 *     losses are then 0 by definition
 */
public record RoutingSignals(
    long sequences,
    NDArray logits,
    NDArray probs,
    NDArray choices,
    NDArray weights,
    NDArray kept,
    @Nullable NDArray noisy,
    @Nullable NDArray noiseStd,
    @Nullable NDArray padding,
    boolean balanced) {

  /** Returns signals of a router in which tokens choose experts, without noise and padding. */
  public static RoutingSignals of(
      long sequences,
      NDArray logits,
      NDArray probs,
      NDArray choices,
      NDArray weights,
      NDArray kept) {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, null, null, null, false);
  }

  /** Returns the number of experts E. */
  public int experts() {
    return Math.toIntExact(probs.getShape().get(1));
  }

  /** Returns the number of tokens T. */
  public long tokens() {
    return probs.getShape().get(0);
  }

  /** Returns the number of tokens that requested each expert, (E) of int64; no gradient. */
  public NDArray counts() {
    return Ops.bincount(choices, experts());
  }

  /** Returns a copy with the noise used for the choice. */
  public RoutingSignals withNoise(NDArray noisyLogits, NDArray std) {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisyLogits, std, padding, balanced);
  }

  /** Returns a copy with padding (T), null for none. */
  public RoutingSignals withPadding(@Nullable NDArray mask) {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisy, noiseStd, mask, balanced);
  }

  /** Returns a copy marked as balanced by construction. */
  public RoutingSignals asBalanced() {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisy, noiseStd, padding, true);
  }

  /** Returns the distinct arrays that require gradients. */
  public List<NDArray> differentiable() {
    List<NDArray> each = new ArrayList<>();
    for (NDArray array : Arrays.asList(logits, probs, weights, noisy, noiseStd)) {
      if (array != null && each.stream().noneMatch(other -> other == array)) {
        each.add(array);
      }
    }
    return Gradients.requiringGrad(each);
  }

  /**
   * Detaches the signals: the arrays of {@link #differentiable} become leaves that require
   * gradients, in the same order.
   *
   * @param owner of all arrays of the result
   */
  public RoutingSignals detach(NDManager owner) {
    IdentityHashMap<NDArray, NDArray> cuts = new IdentityHashMap<>();
    for (NDArray array : differentiable()) {
      NDArray leaf = array.stopGradient();
      leaf.setRequiresGradient(true);
      cuts.put(array, leaf);
    }
    return new RoutingSignals(
        sequences,
        detach(logits, cuts, owner),
        detach(probs, cuts, owner),
        detach(choices, cuts, owner),
        detach(weights, cuts, owner),
        detach(kept, cuts, owner),
        noisy == null ? null : detach(noisy, cuts, owner),
        noiseStd == null ? null : detach(noiseStd, cuts, owner),
        padding == null ? null : detach(padding, cuts, owner),
        balanced);
  }

  private static NDArray detach(
      NDArray array, IdentityHashMap<NDArray, NDArray> cuts, NDManager owner) {
    NDArray kept = cuts.getOrDefault(array, array);
    kept.attach(owner);
    return kept;
  }

  /** Returns the number of tokens that are not padding. Synchronises if there is padding. */
  public long realTokens() {
    return padding == null ? tokens() : tokens() - padding.sum().getLong();
  }

  /**
   * Returns the signals as named arrays (B, S, ..), {@code layer:logits} and so on, to append to
   * the outputs of a model.
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

  /** Restores the signals of each layer from the outputs of a model, in order. */
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
    if (noisy != null && noiseStd != null) {
      fields.put("noisy", noisy);
      fields.put("noise_std", noiseStd.broadcast(noisy.getShape()));
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
      throw new IllegalArgumentException("the output has no router logits of " + layer);
    }
    return new RoutingSignals(
        logits.getShape().get(0),
        required(layer, fields, "logits"),
        required(layer, fields, "probs"),
        required(layer, fields, "choices"),
        required(layer, fields, "weights"),
        required(layer, fields, "kept"),
        flat(fields.get("noisy")),
        flat(fields.get("noise_std")),
        padding == null ? null : padding.squeeze(1),
        fields.containsKey("balanced"));
  }

  private static NDArray required(String layer, Map<String, NDArray> fields, String field) {
    NDArray array = flat(fields.get(field));
    if (array == null) {
      throw new IllegalArgumentException("the output has no " + field + " of " + layer);
    }
    return array;
  }

  /** Flattens (B, S, X) to (T, X). */
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
