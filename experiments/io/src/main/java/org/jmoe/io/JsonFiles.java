package org.jmoe.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Throwables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;

/** Reads JSON files from untrusted sources, with limits on depth and size. */
public final class JsonFiles {
  private static final long MAX_BYTES = 1 << 26;
  private static final ObjectMapper RECORDS = Json.plain();

  private JsonFiles() {}

  /**
   * Parses a file.
   *
   * @throws DataFormatException if the file is missing or malformed
   */
  public static JsonNode parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new DataFormatException(file, "does not exist");
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DataFormatException(
            file, "is larger than %d bytes, the limit for this kind of file".formatted(MAX_BYTES));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return Json.parse(file);
  }

  /**
   * Parses a file that contains an object.
   *
   * @throws DataFormatException if the file is missing, malformed or not an object
   */
  public static ObjectNode object(Path file) {
    if (parse(file) instanceof ObjectNode object) {
      return object;
    }
    throw new DataFormatException(file, "must contain an object {..}");
  }

  /**
   * Returns a file that a JSON file lists by name and that must be in the same folder.
   *
   * @throws DataFormatException if the name is not a plain file name
   */
  public static Path listed(Path file, JsonNode name) {
    try {
      Path folder = file.normalize().toAbsolutePath().getParent();
      Path listed = file.resolveSibling(name.asText()).normalize();
      if (name.isTextual()
          && !name.textValue().isEmpty()
          && Objects.equals(listed.toAbsolutePath().getParent(), folder)) {
        return listed;
      }
    } catch (InvalidPathException e) {
      throw new DataFormatException(
          file, "lists %s, which is not a valid file name; use a plain file name".formatted(name));
    }
    throw new DataFormatException(
        file, "lists %s, which is outside its folder; use a plain file name".formatted(name));
  }

  /**
   * Reads a record written by jmoe.
   *
   * @throws DataFormatException if the file is missing or malformed, a key is missing, unknown or
   *     of another type, or the record rejects a value
   */
  public static <T extends Record> T read(Path file, Class<T> type) {
    return read(file, object(file), type);
  }

  /**
   * Reads a record from a part of a file.
   *
   * @throws DataFormatException if the part is malformed, as for {@link #read(Path, Class)}
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
