package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.DirectoryLock;
import org.jmoe.io.Json;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.JsonDifference;

/**
 * The folder of a run.
 *
 * @param path path of the folder
 */
public record RunDirectory(Path path) {
  private static final ObjectMapper MAPPER = Json.indented();

  /**
   * Creates the folder.
   *
   * @throws ConfigException if the path is in use
   */
  public static RunDirectory create(Path path) {
    RunStart.requireFree(path);
    RunDirectory directory = new RunDirectory(path);
    try {
      Files.createDirectories(directory.plots());
      Files.createDirectories(directory.checkpoints());
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + path, e);
    }
  }

  /**
   * Locks a folder for writing and creates it if necessary.
   *
   * @throws ConfigException if another process holds the lock
   */
  public static DirectoryLock lock(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + path, e);
    }
    return DirectoryLock.tryLock(path)
        .orElseThrow(
            () ->
                new ConfigException(
                    "another process is writing to "
                        + path
                        + "; wait for it to finish or choose another --out"));
  }

  /**
   * Checks that code, machine and data are the same as when the run started.
   *
   * @throws ConfigException if they differ
   */
  public void requireSame(Provenance now) {
    Path file = provenance();
    if (!Files.exists(file)) {
      return; // interrupted before the data were hashed
    }
    ObjectNode before = JsonFiles.object(file);
    ObjectNode after = MAPPER.valueToTree(now);
    for (ObjectNode node : List.of(before, after)) {
      node.remove("data"); // the same data may have another path
      keepDeviceTypes(node); // the number of devices may change
    }
    List<String> differences = JsonDifference.of(before, after);
    if (!differences.isEmpty()) {
      throw new ConfigException(
          "cannot resume %s bit-exactly: %s; use --accept-changes to resume anyway"
              .formatted(path, String.join(", ", differences)));
    }
  }

  private static void keepDeviceTypes(ObjectNode provenance) {
    Set<String> types = new TreeSet<>();
    provenance.path("devices").forEach(d -> types.add(d.asText().replaceAll(":.*", "")));
    provenance.put("devices", String.join(", ", types));
  }

  /**
   * Opens an existing run.
   *
   * @throws ConfigException if the folder is not a run
   */
  public static RunDirectory open(Path path) {
    Replacement.recover(path);
    RunDirectory directory = new RunDirectory(path);
    if (!Files.isRegularFile(directory.config())) {
      throw new ConfigException(path + " is not a run: it has no run.json");
    }
    return directory;
  }

  /** Deletes an empty folder, created for a run that did not start. */
  public static void removeIfEmpty(Path path) {
    try {
      RunFiles.removeIfEmpty(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path, e);
    }
  }

  /** Deletes jmoe's files, and the folder if it is empty afterwards. */
  public void delete() {
    try {
      new RunFiles(path).remove();
      RunFiles.removeIfEmpty(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path, e);
    }
  }

  /** Returns the first unused path of {@code runs/name}, {@code runs/name-2}, and so on. */
  public static Path free(Path runs, String name) {
    Path path = runs.resolve(name);
    for (int i = 2; Files.exists(path); i++) {
      path = runs.resolve(name + "-" + i);
    }
    return path;
  }

  /** Returns the path of {@code run.json}. */
  public Path config() {
    return path.resolve(RunFiles.CONFIG);
  }

  /**
   * Reads the configuration.
   *
   * @throws ConfigException if it is invalid or needs an extension
   */
  public RunConfig configuration(RunJson json) {
    JsonNode tree = json.parse(config());
    try {
      return json.read(tree);
    } catch (ConfigException e) {
      boolean unknown = e.getCause() instanceof InvalidTypeIdException;
      throw new ConfigException(
          config() + ": " + e.getMessage() + (unknown ? RunExtensions.hint(this) : ""), e);
    }
  }

  /** Returns the folder of the Java files of extensions used by the run. */
  public Path extensions() {
    return path.resolve("extensions");
  }

  /** Returns the path of {@code summary.json}. */
  public Path summary() {
    return path.resolve("summary.json");
  }

  /** Returns the path of {@code provenance.json}. */
  public Path provenance() {
    return path.resolve("provenance.json");
  }

  /** Returns the path of {@code metrics.arrow}. */
  public Path metrics() {
    return path.resolve("metrics.arrow");
  }

  /** Returns the path of {@code metrics.jsonl}, which is written during training. */
  public Path metricsLog() {
    return path.resolve("metrics.jsonl");
  }

  /** Returns the path of {@code routing.arrow}. */
  public Path routing() {
    return path.resolve("routing.arrow");
  }

  /** Returns the folder of plots. */
  public Path plots() {
    return path.resolve("plots");
  }

  /** Returns the folder of checkpoints. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Writes a value as JSON. */
  public void writeJson(String name, Object value) {
    try {
      writeText(path.resolve(name), MAPPER.writeValueAsString(value) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + name, e);
    }
  }

  /** Writes a text file atomically. */
  public static void writeText(Path file, String text) throws IOException {
    try (AtomicFile output = AtomicFile.create(file, true)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        output.channel().write(bytes);
      }
      output.commit();
    }
  }
}
