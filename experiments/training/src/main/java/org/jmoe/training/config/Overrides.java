package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Map;
import org.jmoe.training.config.keys.KeyHint;

/**
 * Overrides values of a configuration, such as {@code seed=7} or {@code
 * training.losses.1.coefficient=0}. {@code *} selects all elements of a list. {@code
 * model.attention}, {@code model.feedForward} and {@code model.moe} select that part of every layer
 * that has it, for example {@code model.moe.experts=16}.
 */
public final class Overrides {
  private static final ImmutableSet<String> PARTS =
      ImmutableSet.of("attention", "feedForward", "moe");
  private static final ImmutableList<String> EVERY_LAYER =
      ImmutableList.of("model", "layers", "*", "blocks", "*");

  /**
   * One override.
   *
   * @param shown path as the user wrote it
   * @param keys keys from the root to the value
   * @param tree the configuration
   */
  private record Change(String shown, List<String> keys, JsonNode value, JsonNode tree) {
    /** Sets all matching values below a node; returns whether there are any. */
    boolean set(JsonNode at, int i) {
      boolean last = i == keys.size() - 1;
      if (at instanceof ArrayNode array) {
        return setElements(array, i, last);
      }
      if (at instanceof ObjectNode object && object.has(keys.get(i))) {
        if (last) {
          object.set(keys.get(i), value.deepCopy());
          return true;
        }
        JsonNode next = object.get(keys.get(i));
        return !skips(next, i) && set(next, i + 1);
      }
      throw unknown(i, at);
    }

    private boolean setElements(ArrayNode array, int i, boolean last) {
      boolean found = false;
      int first = isWild(i) ? 0 : index(array, i);
      int end = isWild(i) ? array.size() : first + 1;
      for (int index = first; index < end; index++) {
        if (last) {
          array.set(index, value.deepCopy());
        }
        found |= last || set(array.get(index), i + 1);
      }
      return found;
    }

    /**
     * Returns whether a layer is skipped because it does not have the part that is set in all
     * layers.
     */
    private boolean skips(JsonNode next, int i) {
      return next.isNull() && keys.subList(0, i).contains("*");
    }

    private boolean isWild(int i) {
      return keys.get(i).equals("*");
    }

    ConfigException unknown(int i, JsonNode at) {
      if (at instanceof ObjectNode object) {
        List<String> known = object.properties().stream().map(Map.Entry::getKey).toList();
        String path = shownTo(i);
        return new ConfigException("unknown key '" + shown + "'" + KeyHint.of(path, known, tree));
      }
      return new ConfigException(
          "unknown key '%s': %s is %s; set %2$s itself".formatted(shown, shownTo(i - 1), at));
    }

    /** Returns the path up to a key, as the user wrote it. */
    private String shownTo(int i) {
      List<String> written = Splitter.on('.').splitToList(shown);
      return String.join(".", written.subList(0, written.size() - (keys.size() - 1 - i)));
    }

    private int index(ArrayNode array, int i) {
      try {
        int index = Integer.parseInt(keys.get(i));
        if (index >= 0 && index < array.size()) {
          return index;
        }
      } catch (NumberFormatException e) {
        // reported below
      }
      throw new ConfigException(
          array.isEmpty()
              ? "'" + shown + "' selects an element of an empty list; set the list itself"
              : "'%s' needs an index from 0 to %d, or *, not %s"
                  .formatted(shown, array.size() - 1, keys.get(i)));
    }
  }

  private Overrides() {}

  /**
   * Applies overrides in order to a copy of the tree.
   *
   * @throws ConfigException if an override has no {@code =} or an unknown key; the message suggests
   *     the nearest key
   */
  public static JsonNode apply(JsonNode tree, List<String> overrides, RunJson json) {
    JsonNode copy = tree.deepCopy();
    for (String override : overrides) {
      int equals = override.indexOf('=');
      if (equals < 1) {
        throw new ConfigException(
            "--set " + override + " has no value; write it as path=value, such as seed=1");
      }
      set(copy, override.substring(0, equals), json.value(override.substring(equals + 1)));
    }
    return copy;
  }

  private static void set(JsonNode tree, String path, JsonNode value) {
    List<String> keys = Splitter.on('.').splitToList(path);
    if (keys.size() < 2 || !keys.get(0).equals("model") || !PARTS.contains(keys.get(1))) {
      new Change(path, keys, value, tree).set(tree, 0);
    } else if (path.equals("model.moe") && value.isObject()) {
      setMoe(tree, value);
    } else {
      List<String> everywhere =
          ImmutableList.<String>builder()
              .addAll(EVERY_LAYER)
              .addAll(keys.subList(1, keys.size()))
              .build();
      Change change = new Change(path, everywhere, value, tree);
      if (!change.set(tree, 0)) {
        throw change.unknown(EVERY_LAYER.size() + 1, NullNode.getInstance());
      }
    }
  }

  /** Replaces all MoE layers, or all feed-forward layers of a dense model. */
  private static void setMoe(JsonNode tree, JsonNode moe) {
    List<ObjectNode> blocks =
        tree.at("/model/layers").findValues("blocks").stream()
            .flatMap(group -> ImmutableList.copyOf(group).stream())
            .filter(ObjectNode.class::isInstance)
            .map(ObjectNode.class::cast)
            .toList();
    boolean dense = blocks.stream().noneMatch(block -> block.hasNonNull("moe"));
    blocks.stream()
        .filter(block -> dense || block.hasNonNull("moe"))
        .forEach(block -> block.set("moe", moe.deepCopy()));
  }
}
