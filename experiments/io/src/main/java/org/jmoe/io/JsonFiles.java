package org.jmoe.io;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files that come from anywhere, read with limits on depth and size. */
public final class JsonFiles {
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
}
