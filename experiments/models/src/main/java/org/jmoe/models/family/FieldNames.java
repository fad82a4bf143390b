package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import java.util.function.Function;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
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
  private static final ObjectMapper DEFAULTS = Json.plain(); // of families, as JSON

  static FieldNames plain(JsonNode root) {
    return new FieldNames(root, ImmutableMap.of(), ImmutableMap.of());
  }

  static FieldNames of(JsonNode root, ModelFamily family) {
    ImmutableMap.Builder<String, JsonNode> defaults = ImmutableMap.builder();
    family.defaults().forEach((key, value) -> defaults.put(key, DEFAULTS.valueToTree(value)));
    return new FieldNames(root, defaults.buildOrThrow(), family.aliases());
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

  /** Throws a fault if a field is present under both names with different values. */
  void requireConsistent(Function<String, DataFormatException> fault) {
    aliases.forEach(
        (key, alias) -> {
          if (root.hasNonNull(key)
              && root.hasNonNull(alias)
              && !root.get(key).equals(root.get(alias))) {
            throw fault.apply(
                "has different values for %s and %s, which are names of the same field; remove one of them"
                    .formatted(key, alias));
          }
        });
  }

  /** Returns a copy of a nested object in which some fields are those of the outer object. */
  static JsonNode inherited(JsonNode nested, JsonNode outer, String... names) {
    ObjectNode copy = nested.deepCopy();
    for (String name : names) {
      copy.remove(name);
      if (outer.has(name)) {
        copy.set(name, outer.get(name));
      }
    }
    return copy;
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
