package org.jmoe.catalog.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Names arms after the values that they change, such as {@code experts-16.k-2}. */
final class ArmNames {
  private static final int MAX_LENGTH = 80;

  private ArmNames() {}

  /** Names combinations; equal names get numbers. */
  static ImmutableMap<String, ImmutableMap<String, JsonNode>> of(
      List<ImmutableMap<String, JsonNode>> combinations) {
    Map<String, ImmutableMap<String, JsonNode>> named = new LinkedHashMap<>();
    for (ImmutableMap<String, JsonNode> values : combinations) {
      String name = name(values);
      String free = name;
      for (int i = 2; named.containsKey(free); i++) {
        free = name + "-" + i;
      }
      named.put(free, values);
    }
    return ImmutableMap.copyOf(named);
  }

  private static String name(Map<String, JsonNode> values) {
    String name =
        values.entrySet().stream()
            .map(v -> last(v.getKey()) + "-" + text(v.getValue()))
            .collect(Collectors.joining("."));
    String plain =
        name.toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9.]+", "-")
            .replaceAll("^[^a-z0-9]+|-+$", "");
    return plain.isEmpty() ? "arm" : plain.substring(0, Math.min(plain.length(), MAX_LENGTH));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  private static String text(JsonNode value) {
    return value.isObject() ? value.path("type").asText("object") : value.asText(value.toString());
  }
}
