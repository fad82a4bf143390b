package org.jmoe.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.RoutingSignals;
import org.jspecify.annotations.Nullable;

/** Routing signals among the outputs of a DJL model; inputs of losses beyond them are left out. */
final class SignalList {
  private SignalList() {}

  /**
   * Returns the signals as named arrays (B, S, ..), {@code layer:logits} and so on, to append to
   * the outputs of a model.
   */
  static NDList of(RoutingSignals signals, String layer) {
    NDList list = new NDList();
    fields(signals)
        .forEach(
            (field, array) -> {
              NDArray output = array.reshape(split(signals.sequences(), array.getShape()));
              output.setName(layer + ":" + field);
              list.add(output);
            });
    return list;
  }

  /** Restores the signals of each layer from the outputs of a model, in order. */
  static Map<String, RoutingSignals> layers(List<NDArray> outputs) {
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

  private static Map<String, NDArray> fields(RoutingSignals signals) {
    Map<String, NDArray> fields = new LinkedHashMap<>();
    fields.put("logits", signals.logits());
    fields.put("probs", signals.probs());
    fields.put("choices", signals.choices());
    fields.put("weights", signals.weights());
    fields.put("kept", signals.kept());
    NDArray noisy = signals.noisy(); // (T, E)
    NDArray std = signals.noiseStd(); // (T, E) or (1)
    if (noisy != null && std != null) {
      fields.put("noisy", noisy);
      fields.put("noise_std", std.broadcast(noisy.getShape()));
    }
    NDArray padding = signals.padding(); // (T)
    if (padding != null) {
      fields.put("padding", padding.expandDims(1));
    }
    if (signals.balanced()) {
      fields.put("balanced", signals.kept().sum(new int[] {1}, true));
    }
    return fields;
  }

  private static RoutingSignals fromFields(String layer, Map<String, NDArray> fields) {
    NDArray logits = fields.get("logits");
    NDArray padding = flat(fields.get("padding"));
    if (logits == null) {
      throw new IllegalArgumentException("the output has no router logits of " + layer);
    }
    RoutingSignals signals =
        RoutingSignals.of(
                logits.getShape().get(0),
                required(layer, fields, "logits"),
                required(layer, fields, "probs"),
                required(layer, fields, "choices"),
                required(layer, fields, "weights"),
                required(layer, fields, "kept"))
            .withPadding(padding == null ? null : padding.squeeze(1));
    NDArray noisy = flat(fields.get("noisy")); // (T, E)
    NDArray std = flat(fields.get("noise_std")); // (T, E)
    if (noisy != null && std != null) {
      signals = signals.withNoise(noisy, std);
    }
    return fields.containsKey("balanced") ? signals.asBalanced() : signals;
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

  private static Shape split(long sequences, Shape flat) {
    return new Shape(sequences, flat.get(0) / sequences, flat.get(1));
  }
}
