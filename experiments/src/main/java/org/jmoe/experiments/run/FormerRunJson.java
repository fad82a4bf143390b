package org.jmoe.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;

/** Brings a {@code run.json} of an earlier version into today's form, so that old runs open. */
final class FormerRunJson {
  private static final ImmutableMap<String, String> TYPES =
      ImmutableMap.of("SeesAhead", "AllowNonCausal");

  private FormerRunJson() {}

  /** A copy in today's form; a tree that has it already is copied as it is. */
  static JsonNode upgraded(JsonNode tree) {
    JsonNode copy = tree.deepCopy();
    renameTypes(copy);
    return copy;
  }

  private static void renameTypes(JsonNode node) {
    if (node instanceof ObjectNode object && TYPES.containsKey(object.path("type").asText())) {
      object.put("type", TYPES.get(object.get("type").asText()));
    }
    node.forEach(FormerRunJson::renameTypes);
  }
}
