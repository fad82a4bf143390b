package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Says where two JSON trees differ. */
public final class JsonDifference {
  private JsonDifference() {}

  /** Each leaf that differs, as {@code path is x there, y here}. */
  public static List<String> of(JsonNode there, JsonNode here) {
    List<String> found = new ArrayList<>();
    compare("", there, here, found);
    return found;
  }

  private static void compare(String path, JsonNode there, JsonNode here, List<String> found) {
    if (there.isObject() && here.isObject()) {
      Set<String> keys = new TreeSet<>();
      there.fieldNames().forEachRemaining(keys::add);
      here.fieldNames().forEachRemaining(keys::add);
      for (String key : keys) {
        String name = path.isEmpty() ? key : path + "." + key;
        compare(name, there.path(key), here.path(key), found);
      }
    } else if (!there.toString().equals(here.toString())) { // 1 may be read as int and as long
      found.add("%s is %s there, %s here".formatted(path, text(there), text(here)));
    }
  }

  private static String text(JsonNode node) {
    String text = node.isMissingNode() ? "absent" : node.toString();
    return text.length() > 60 ? text.substring(0, 60) + ".." : text;
  }
}
