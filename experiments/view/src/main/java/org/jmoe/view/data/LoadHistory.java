package org.jmoe.view.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jmoe.io.arrow.ArrowRecords;

/** Load of each expert relative to the mean, in the steps that record it. */
final class LoadHistory {
  private static final int MAX_STEPS = 512; // a run records about 100

  private final Map<String, TreeMap<Long, float[]>> layers = new LinkedHashMap<>();

  /** Adds the choices of one layer in one step. */
  void add(long step, String layer, List<Long> choices) {
    TreeMap<Long, float[]> steps = layers.computeIfAbsent(layer, l -> new TreeMap<>());
    if (steps.size() >= MAX_STEPS) {
      thin(steps);
    }
    double total = Math.max(1, choices.stream().mapToLong(c -> c).sum());
    float[] relative = new float[choices.size()];
    for (int e = 0; e < relative.length; e++) {
      relative[e] = (float) (choices.get(e) * relative.length / total);
    }
    steps.put(step, relative);
  }

  /** Drops every other step. */
  private static void thin(Map<Long, float[]> steps) {
    List<Long> all = List.copyOf(steps.keySet());
    IntStream.iterate(1, i -> i < all.size(), i -> i + 2).forEach(i -> steps.remove(all.get(i)));
  }

  /** Adds the rows of {@code routing.arrow}: step, layer, expert, choices, ... */
  void read(Path file) {
    Map<Long, Map<String, List<Long>>> steps = new TreeMap<>();
    for (Object[] row : ArrowRecords.read(file).rows()) {
      steps
          .computeIfAbsent((Long) row[0], s -> new LinkedHashMap<>())
          .computeIfAbsent((String) row[1], l -> new ArrayList<>())
          .add((Long) row[3]);
    }
    steps.forEach((step, loads) -> loads.forEach((layer, choices) -> add(step, layer, choices)));
  }

  /**
   * Returns the layer names, the latest load of every layer, and the history of one layer.
   *
   * @param layer layer of the history; if there is no such layer, the first one
   */
  ObjectNode json(String layer) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode names = node.putArray("layers");
    ArrayNode last = node.putArray("last");
    layers.forEach(
        (name, steps) -> {
          names.add(name);
          row(last.addArray(), steps.lastEntry().getValue());
        });
    if (layers.isEmpty()) {
      return node;
    }
    String chosen = layers.containsKey(layer) ? layer : layers.keySet().iterator().next();
    node.put("layer", chosen);
    ArrayNode steps = node.putArray("steps");
    ArrayNode load = node.putArray("load");
    layers
        .getOrDefault(chosen, new TreeMap<>())
        .forEach(
            (step, values) -> {
              steps.add(step);
              row(load.addArray(), values);
            });
    return node;
  }

  private static void row(ArrayNode to, float[] values) {
    for (float value : values) {
      to.add(Math.round(value * 1000) / 1000f);
    }
  }
}
