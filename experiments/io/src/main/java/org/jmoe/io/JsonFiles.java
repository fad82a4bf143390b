package org.jmoe.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files that come from anywhere, read with limits on depth and size. */
public final class JsonFiles {
  private static final ObjectMapper RECORDS =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private JsonFiles() {}

  /**
   * Parses a file.
   *
   * @throws DataFormatException when there is none, or it is malformed
   */
  public static JsonNode parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new DataFormatException(file, "does not exist");
    }
    return Json.parse(file);
  }

  /**
   * Parses a file that holds an object.
   *
   * @throws DataFormatException when there is none, or it is malformed, or of another kind
   */
  public static ObjectNode object(Path file) {
    if (parse(file) instanceof ObjectNode object) {
      return object;
    }
    throw new DataFormatException(file, "must hold an object {..}");
  }

  /**
   * Reads a record that jmoe wrote.
   *
   * @throws DataFormatException when there is none, or it is malformed, or lacks something
   */
  public static <T> T read(Path file, Class<T> type) {
    ObjectNode tree = object(file);
    try {
      return RECORDS.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw Json.malformed(file, e);
    }
  }
}
