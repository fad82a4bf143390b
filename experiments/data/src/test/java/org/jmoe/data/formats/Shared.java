package org.jmoe.data.formats;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.Json;

/** Files outside of the project; tests that need them are skipped if they are missing. */
public final class Shared {
  private Shared() {}

  /** Returns a shared file or folder. */
  public static Path path(String name) {
    String property = System.getProperty("jmoe.shared");
    Path folder = property == null ? Path.of("..", "..", "..", "shared") : Path.of(property);
    Path path = folder.resolve(name);
    assumeTrue(
        Files.exists(path), "skipped: " + path + " is missing; set its folder with -Djmoe.shared");
    return path;
  }

  /** Returns the data fixture with this name. */
  public static Path fixture(String name) {
    return path("fixtures/data").resolve(name);
  }

  /** Returns the expected content of the data fixtures. */
  public static JsonNode expected() {
    return Json.parse(fixture("expected.json"));
  }
}
