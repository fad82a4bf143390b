package org.jmoe.training.config.keys;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Suggests the setting that an unknown key probably refers to. */
public final class KeyHint {
  private static final String FIRST_BLOCK = "model.layers.0.blocks.0.";
  private static final int MAX_LISTED = 16;

  private KeyHint() {}

  /**
   * Returns a suffix for a message about an unknown key.
   *
   * @param path the key and its parents, as the user wrote them
   * @param siblings known keys of the object
   * @param tree the configuration
   */
  public static String of(String path, Collection<String> siblings, JsonNode tree) {
    String word = path.substring(path.lastIndexOf('.') + 1);
    Map<String, String> names = paths(tree);
    Optional<String> near =
        Nearest.to(word, siblings)
            .or(() -> Synonyms.path(word).filter(names::containsKey))
            .or(() -> elsewhere(path, word, names));
    if (near.isPresent()) {
      return "; did you mean '" + near.get() + "'?";
    }
    return siblings.isEmpty() || siblings.size() > MAX_LISTED
        ? ""
        : "; valid keys are " + String.join(", ", siblings);
  }

  /**
   * Returns the path of the setting that has exactly this name, here or in another system, such as
   * {@code training.optimizer.rate} for {@code lr}.
   */
  public static Optional<String> named(String word, JsonNode tree) {
    Map<String, String> names = paths(tree);
    return Synonyms.path(word)
        .filter(names::containsKey)
        .or(
            () ->
                names.entrySet().stream()
                    .filter(path -> path.getValue().equalsIgnoreCase(word))
                    .map(Map.Entry::getKey)
                    .findFirst());
  }

  /** Returns the path of a setting with this name in another object. */
  private static Optional<String> elsewhere(String own, String word, Map<String, String> names) {
    names.remove(own.replaceAll("\\[(\\d+)]", ".$1")); // the key itself
    return Nearest.to(word, names.values())
        .flatMap(
            near ->
                names.entrySet().stream()
                    .filter(path -> path.getValue().equals(near))
                    .map(Map.Entry::getKey)
                    .findFirst());
  }

  /** A node and its path. */
  private record Place(String path, JsonNode node) {
    /** Returns the children; one element of a list stands for all. */
    List<Place> children() {
      String prefix = path.isEmpty() ? "" : path + ".";
      if (node.isArray()) {
        return node.isEmpty() ? List.of() : List.of(new Place(prefix + "0", node.get(0)));
      }
      return node.properties().stream()
          .map(entry -> new Place(prefix + entry.getKey(), entry.getValue()))
          .toList();
    }

    String last() {
      return path.substring(path.lastIndexOf('.') + 1);
    }
  }

  /** Returns the last key of each path, in the form that --set takes, outermost paths first. */
  private static Map<String, String> paths(JsonNode tree) {
    Map<String, String> paths = new LinkedHashMap<>();
    List<Place> level = List.of(new Place("", tree));
    while (!level.isEmpty()) {
      level = level.stream().flatMap(place -> place.children().stream()).toList();
      for (Place place : level) {
        String last = place.last();
        if (!last.isEmpty() && !Character.isDigit(last.charAt(0))) {
          paths.put(
              place.path().startsWith(FIRST_BLOCK)
                  ? "model." + place.path().substring(FIRST_BLOCK.length())
                  : place.path(),
              last);
        }
      }
    }
    return paths;
  }
}
