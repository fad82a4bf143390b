package org.jmoe.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Throwables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files that come from anywhere, read with limits on depth and size. */
public final class JsonFiles {
  private static final long MAX_BYTES = 1 << 26;
  private static final ObjectMapper RECORDS = JsonMapper.builder().build();

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
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DataFormatException(
            file, "is larger than %d bytes, too large for its kind".formatted(MAX_BYTES));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return Json.parse(file);
  }

  /**
   * Parses a file that contains an object.
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
   * Reads a record written by jmoe.
   *
   * @throws DataFormatException when there is none, or it is malformed, or a key is missing,
   *     unknown or of another type, or the record refuses a value
   */
  public static <T extends Record> T read(Path file, Class<T> type) {
    return read(file, object(file), type);
  }

  /**
   * Reads a record that is part of a file.
   *
   * @throws DataFormatException as above
   */
  public static <T extends Record> T read(Path file, ObjectNode tree, Class<T> type) {
    JsonShape.fault(tree, type)
        .ifPresent(
            fault -> {
              throw new DataFormatException(file, "has " + fault);
            });
    try {
      return RECORDS.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      Throwable cause = Throwables.getRootCause(e);
      String reason = cause instanceof JsonMappingException m ? Json.reason(m) : cause.getMessage();
      throw new DataFormatException(file, "is malformed: " + reason, e);
    }
  }
}
