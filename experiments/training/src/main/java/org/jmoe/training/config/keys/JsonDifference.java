package org.jmoe.training.config.keys;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Differences between two JSON trees. */
public final class JsonDifference {
  private JsonDifference() {}

  /** Returns each leaf that differs, as {@code path: x before, y now}. */
  public static List<String> of(JsonNode before, JsonNode now) {
    List<String> found = new ArrayList<>();
    compare("", before, now, found);
    return found;
  }

  private static void compare(String path, JsonNode before, JsonNode now, List<String> found) {
    if (before.isObject() && now.isObject()) {
      Set<String> keys = new TreeSet<>();
      before.fieldNames().forEachRemaining(keys::add);
      now.fieldNames().forEachRemaining(keys::add);
      for (String key : keys) {
        String name = path.isEmpty() ? key : path + "." + key;
        compare(name, before.path(key), now.path(key), found);
      }
    } else if (!before
        .toString()
        .equals(now.toString())) { // compared as text: 1 may be int or long
      found.add("%s: %s before, %s now".formatted(path, text(before), text(now)));
    }
  }

  private static String text(JsonNode node) {
    String text = node.isMissingNode() ? "absent" : node.toString();
    return text.length() > 60 ? text.substring(0, 60) + ".." : text;
  }
}
