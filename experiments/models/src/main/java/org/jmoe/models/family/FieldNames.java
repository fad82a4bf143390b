package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a JSON object, looked up by the names that a family uses.
 *
 * @param root the object
 * @param defaults values of fields that the object does not have
 * @param aliases alternative names of fields, keyed by the primary name
 */
record FieldNames(
    JsonNode root, ImmutableMap<String, JsonNode> defaults, ImmutableMap<String, String> aliases) {
  static FieldNames plain(JsonNode root) {
    return new FieldNames(root, ImmutableMap.of(), ImmutableMap.of());
  }

  /** Returns the name under which the object has a field: the primary name or its alias. */
  String resolve(String key) {
    String alias = aliases.get(key);
    return alias != null && !root.hasNonNull(key) && root.has(alias) ? alias : key;
  }

  /** Returns the value of a field or its default, or null if it has neither. */
  @Nullable JsonNode value(String key) {
    String name = resolve(key);
    return root.has(name) ? root.get(name) : defaults.get(key);
  }

  /** Returns whether a field is present under both names with different values. */
  boolean contradicts(String key) {
    String alias = aliases.getOrDefault(key, key);
    return root.hasNonNull(key) && root.hasNonNull(alias) && !root.get(key).equals(root.get(alias));
  }

  /**
   * Returns whether a JSON value equals the number, string or boolean that {@code text} denotes.
   */
  static boolean isValue(JsonNode node, String text) {
    Double number = Doubles.tryParse(text);
    return node.isNumber()
        ? number != null && node.doubleValue() == number
        : node.isValueNode() && node.asText().equals(text);
  }

  /** Returns the JSON of a value for a message, at most about 80 characters. */
  static String clipped(JsonNode node) {
    String text = node.toString();
    return text.length() > 80 ? text.substring(0, 80) + ".." : text;
  }
}
