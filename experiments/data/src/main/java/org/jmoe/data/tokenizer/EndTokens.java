package org.jmoe.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;

/** The end-of-text ids of a published model, {@code eos_token_id}: a number or a list. */
public final class EndTokens {
  private static final String FIELD = "eos_token_id";
  private static final String[] FILES = {"generation_config.json", "config.json"};

  private EndTokens() {}

  /**
   * Returns the ids in a folder's {@code generation_config.json}, or otherwise in its {@code
   * config.json}; empty if neither has any.
   *
   * @throws DataFormatException if a value is not a valid id
   */
  public static ImmutableSet<Integer> of(Path folder) {
    for (String name : FILES) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        ImmutableSet<Integer> ids = of(file, Json.parse(file));
        if (!ids.isEmpty()) {
          return ids;
        }
      }
    }
    return ImmutableSet.of();
  }

  /**
   * Returns the ids in a configuration.
   *
   * @param file file of the configuration, for messages
   */
  public static ImmutableSet<Integer> of(Path file, JsonNode config) {
    if (!config.isObject()) {
      throw new DataFormatException(file, "must contain an object {..}");
    }
    JsonNode value = config.path(FIELD);
    if (value.isMissingNode() || value.isNull()) {
      return ImmutableSet.of();
    }
    ImmutableSet.Builder<Integer> ids = ImmutableSet.builder();
    for (JsonNode id : value.isArray() ? value : Json.mapper().createArrayNode().add(value)) {
      if (!id.isInt() || id.intValue() < 0) {
        throw new DataFormatException(
            file, "has %s = %s; use an id of at least 0 or a list of ids".formatted(FIELD, value));
      }
      ids.add(id.intValue());
    }
    return ids.build();
  }
}
