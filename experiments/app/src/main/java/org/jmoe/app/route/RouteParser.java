package org.jmoe.app.route;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jmoe.extension.Extensions;
import org.jmoe.io.Json;
import org.jmoe.layer.AuxLoss;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.published.LossPresets;
import org.jmoe.training.config.keys.Nearest;
import org.jspecify.annotations.Nullable;

/** Parses a route file; unknown keys are errors. */
final class RouteParser {
  static final int MAX_BYTES = 1 << 26;
  private static final ImmutableList<String> KEYS =
      ImmutableList.of(
          "preset",
          "logits",
          "tokens",
          "weight",
          "phi",
          "noise",
          "uniform",
          "bias",
          "padding",
          "tokenIds",
          "capacity",
          "drop",
          "training",
          "previousCounts",
          "sequences",
          "losses");

  private final JsonNode tree;
  private final Extensions extensions;

  private RouteParser(JsonNode tree, Extensions extensions) {
    this.tree = tree;
    this.extensions = extensions;
  }

  /** Parses the text of a file. */
  static RouteFile parse(String text, Extensions extensions) {
    if (text.length() > MAX_BYTES) {
      throw new RouteException(
          "the file has more than " + MAX_BYTES + " characters; route fewer tokens at a time");
    }
    // Python writes NaN and Infinity; parse them so that errors give their position.
    ObjectMapper mapper = Json.strict(8).enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    try {
      JsonNode tree = mapper.readTree(text);
      if (!tree.isObject()) {
        throw new RouteException("the file must contain one JSON object with a preset and logits");
      }
      return new RouteParser(tree, extensions).file();
    } catch (JsonProcessingException e) {
      throw new RouteException(
          "line %d, column %d is not JSON: %s"
              .formatted(
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
                  Json.reason(e)),
          e);
    }
  }

  private RouteFile file() {
    RouterPreset preset = preset();
    requireKnown();
    Map<PresetField, Double> overrides = new EnumMap<>(PresetField.class);
    for (PresetField field : PresetField.values()) {
      JsonNode node = get(field.key());
      if (node != null) {
        overrides.put(field, value(field, node));
      }
    }
    RouteFile file =
        new RouteFile(
            new RouteFile.Choice(preset, ImmutableMap.copyOf(overrides), limit()),
            input(),
            batch(),
            new RouteFile.Given(
                matrix("noise"), numbers("uniform"), numbers("bias"), integers("previousCounts")),
            losses(preset));
    RouteChecks.check(file);
    return file;
  }

  private RouteFile.CapacityLimit limit() {
    JsonNode capacity = get("capacity");
    return new RouteFile.CapacityLimit(
        CapacityJson.tokens(capacity),
        CapacityJson.factor(capacity),
        CapacityJson.rule(capacity),
        CapacityJson.order(get("drop")));
  }

  private RouteFile.Input input() {
    JsonNode cube = get("phi");
    int slots = cube == null ? 0 : slots(cube);
    return new RouteFile.Input(
        matrix("logits"),
        matrix("tokens"),
        matrix("weight"),
        cube == null ? null : RequestFields.cube(cube, "phi"),
        slots);
  }

  private RouteFile.Batch batch() {
    JsonNode training = get("training");
    JsonNode sequences = get("sequences");
    JsonNode padding = get("padding");
    return new RouteFile.Batch(
        training == null ? null : RequestFields.bool(training, "training"),
        sequences == null ? 1 : RequestFields.positive(sequences, "sequences"),
        padding == null ? null : RequestFields.booleans(padding, "padding"),
        integers("tokenIds"));
  }

  private @Nullable JsonNode get(String key) {
    JsonNode node = tree.get(key);
    return node == null || node.isNull() ? null : node;
  }

  private RouterPreset preset() {
    JsonNode node = get("preset");
    if (node == null) {
      throw new RouteException("the file has no preset; choose one from jmoe presets --routers");
    }
    String name = RequestFields.text(node, "preset");
    ImmutableMap<String, RouterPreset> presets = extensions.values(RouterPreset.class);
    RouterPreset preset = presets.get(name);
    if (preset == null) {
      throw new RouteException(
          "unknown preset '" + name + "'" + Nearest.question(name, presets.keySet()));
    }
    return preset;
  }

  private void requireKnown() {
    List<String> known = new ArrayList<>(KEYS);
    for (PresetField field : PresetField.values()) {
      known.add(field.key());
    }
    tree.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                throw new RouteException(
                    "unknown key '" + key + "'" + Nearest.question(key, known));
              }
            });
  }

  private static double value(PresetField field, JsonNode node) {
    return switch (field.kind()) {
      case COUNT -> RequestFields.positive(node, field.key());
      case COUNT_OR_NONE -> RequestFields.nonNegative(node, field.key());
      case NUMBER -> RequestFields.number(node, field.key());
      case SWITCH -> RequestFields.bool(node, field.key()) ? 1 : 0;
    };
  }

  private @Nullable Matrix matrix(String key) {
    JsonNode node = get(key);
    return node == null ? null : RequestFields.matrix(node, key);
  }

  private @Nullable ImmutableDoubleArray numbers(String key) {
    JsonNode node = get(key);
    return node == null ? null : RequestFields.numbers(node, key);
  }

  private @Nullable ImmutableLongArray integers(String key) {
    JsonNode node = get(key);
    return node == null ? null : RequestFields.integers(node, key);
  }

  private static int slots(JsonNode cube) {
    JsonNode first = cube.path(0).path(0);
    if (!first.isArray() || first.isEmpty()) {
      throw new RouteException("phi must be a list (D, E, P) of lists of lists of numbers");
    }
    return first.size();
  }

  private ImmutableMap<String, AuxLoss> losses(RouterPreset preset) {
    JsonNode node = get("losses");
    ImmutableMap.Builder<String, AuxLoss> losses = ImmutableMap.builder();
    for (int i = 0; node != null && i < RequestFields.list(node, "losses").size(); i++) {
      String name = RequestFields.text(node.get(i), "losses[" + i + "]");
      losses.put(name, loss(name, preset));
    }
    return losses.buildKeepingLast();
  }

  private AuxLoss loss(String name, RouterPreset preset) {
    return LossPresets.find(name, preset, extensions)
        .orElseThrow(
            () ->
                new RouteException(
                    "unknown loss '"
                        + name
                        + "'"
                        + Nearest.question(name, extensions.values(LossPreset.class).keySet())));
  }
}
