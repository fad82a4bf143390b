package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an object by the names that a family uses.
 *
 * @param root the object
 * @param defaults values of fields that it does not have
 * @param aliases second names of fields by the first
 */
record FieldNames(
    JsonNode root, ImmutableMap<String, JsonNode> defaults, ImmutableMap<String, String> aliases) {
  static FieldNames plain(JsonNode root) {
    return new FieldNames(root, ImmutableMap.of(), ImmutableMap.of());
  }

  /** The name that the object has for a field. */
  String spelled(String key) {
    String alias = aliases.get(key);
    return alias != null && !root.hasNonNull(key) && root.has(alias) ? alias : key;
  }

  /** The value of a field or its default; null where there is neither. */
  @Nullable JsonNode value(String key) {
    String name = spelled(key);
    return root.has(name) ? root.get(name) : defaults.get(key);
  }

  /** Whether a field has different values under its two names. */
  boolean contradicts(String key) {
    String alias = aliases.getOrDefault(key, key);
    return root.hasNonNull(key) && root.hasNonNull(alias) && !root.get(key).equals(root.get(alias));
  }

  /** Whether JSON is a number, a string or true or false that is written so. */
  static boolean isValue(JsonNode node, String text) {
    Double number = Doubles.tryParse(text);
    return node.isNumber()
        ? number != null && node.doubleValue() == number
        : node.isValueNode() && node.asText().equals(text);
  }
}
