package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jmoe.io.DataFormatException;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.JsonDifference;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;

/**
 * Finds the published architecture that a model trained with jmoe has: that of the first family
 * whose {@code config.json} describes the same model.
 */
final class TrainedExport {
  private final ModelFamilies families;
  private final RunJson json;

  TrainedExport(ModelFamilies families, RunJson json) {
    this.families = families;
    this.json = json;
  }

  /**
   * Returns the configuration of a model.
   *
   * @param only model type of the family to use; empty for the first that fits
   * @throws IllegalArgumentException if no family describes the model, with the reason of the
   *     nearest one
   */
  ObjectNode config(ModelSpec spec, String only) {
    ModelSpec served = ServedModel.of(spec);
    Map<String, List<String>> reasons = new LinkedHashMap<>();
    List<String> nearest = null;
    String near = "";
    for (ModelFamily family : candidates(only)) {
      try {
        ObjectNode config = family.config(spec);
        List<String> changes = changes(served, readBack(config));
        if (changes.isEmpty()) {
          return config;
        }
        if (nearest == null || changes.size() < nearest.size()) {
          nearest = changes;
          near = family.name();
        }
      } catch (IllegalArgumentException | DataFormatException e) {
        reasons
            .computeIfAbsent(String.valueOf(e.getMessage()), r -> new ArrayList<>())
            .add(family.name());
      }
    }
    throw new IllegalArgumentException(
        nearest == null
            ? "The model cannot be exported: it " + joined(reasons) + "."
            : "The model cannot be exported as %s, which would change %s."
                .formatted(near, nearest.get(0)));
  }

  private static String joined(Map<String, List<String>> reasons) {
    return reasons.entrySet().stream()
        .map(e -> "%s (%s)".formatted(e.getKey(), String.join(", ", e.getValue())))
        .collect(Collectors.joining("; it "));
  }

  private List<ModelFamily> candidates(String only) {
    if (only.isEmpty()) {
      return families.byType().values().stream().distinct().toList();
    }
    ModelFamily family = families.byType().get(only);
    if (family == null) {
      throw new IllegalArgumentException(
          "unknown model family '%s'; use %s"
              .formatted(only, String.join(", ", families.byType().keySet())));
    }
    return List.of(family);
  }

  private ModelSpec readBack(ObjectNode config) {
    return ServedModel.of(
        families.plan(HubConfig.of(Path.of("config.json"), config.deepCopy())).spec());
  }

  /** Returns each setting that differs, as {@code path: x before, y now}. */
  private List<String> changes(ModelSpec before, ModelSpec now) {
    List<String> changes = new ArrayList<>(JsonDifference.of(outside(before), outside(now)));
    List<DecoderBlock.Spec> blocks = before.blocks();
    List<DecoderBlock.Spec> others = now.blocks();
    for (int layer = 0; layer < Math.min(blocks.size(), others.size()); layer++) {
      if (!blocks.get(layer).equals(others.get(layer))) {
        for (String change :
            JsonDifference.of(json.tree(blocks.get(layer)), json.tree(others.get(layer)))) {
          changes.add("layer %d: %s".formatted(layer, change));
        }
      }
    }
    return changes;
  }

  private ObjectNode outside(ModelSpec spec) {
    ObjectNode tree = json.tree(spec);
    tree.remove("layers");
    return tree;
  }
}
