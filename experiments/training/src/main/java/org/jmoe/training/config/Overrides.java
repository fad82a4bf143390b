package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Changes single values of a configuration: {@code model.moe.experts=16}. */
public final class Overrides {
  private Overrides() {}

  /**
   * Applies overrides in order to a copy of the tree.
   *
   * @throws ConfigException naming an override that has no {@code =} or no such key, and the
   *     nearest key there is
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
    String[] keys = path.split("\\.", -1);
    JsonNode at = tree;
    for (int i = 0; i < keys.length; i++) {
      boolean last = i == keys.length - 1;
      if (at instanceof ArrayNode array) {
        int index = index(array, keys[i], path);
        if (last) {
          array.set(index, value);
        }
        at = array.get(index);
      } else if (at instanceof ObjectNode object && object.has(keys[i])) {
        if (last) {
          object.set(keys[i], value);
        }
        at = object.get(keys[i]);
      } else {
        throw unknown(path, keys, i, at);
      }
    }
  }

  private static ConfigException unknown(String path, String[] keys, int i, JsonNode at) {
    if (at instanceof ObjectNode object) {
      List<String> known = object.properties().stream().map(Map.Entry::getKey).toList();
      return new ConfigException("unknown key '" + path + "'" + Nearest.question(keys[i], known));
    }
    String parent = String.join(".", Arrays.asList(keys).subList(0, i));
    return new ConfigException(
        "unknown key '" + path + "': " + parent + " is " + at + "; set it as a whole");
  }

  private static int index(ArrayNode array, String key, String path) {
    try {
      int index = Integer.parseInt(key);
      if (index >= 0 && index < array.size()) {
        return index;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new ConfigException(
        array.isEmpty()
            ? "'" + path + "' names an element of an empty list; set the whole list"
            : "'%s' needs an index from 0 to %d in place of %s"
                .formatted(path, array.size() - 1, key));
  }
}
