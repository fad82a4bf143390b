package org.jmoe.data.formats;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.Json;

/** Files that lie beside the project; tests that need them are skipped where they are absent. */
public final class Shared {
  private Shared() {}

  /** A shared file or folder. */
  public static Path path(String name) {
    String property = System.getProperty("jmoe.shared");
    Path folder = property == null ? Path.of("..", "..", "..", "shared") : Path.of(property);
    Path path = folder.resolve(name);
    assumeTrue(
        Files.exists(path), "skipped: " + path + " is absent; -Djmoe.shared names the folder");
    return path;
  }

  /** The data fixture of this name. */
  public static Path fixture(String name) {
    return path("fixtures/data").resolve(name);
  }

  /** What the data fixtures contain. */
  public static JsonNode expected() {
    return Json.parse(fixture("expected.json"));
  }
}
