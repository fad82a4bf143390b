package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.JsonDifference;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;

/**
 * A result on disk that can rebuild itself.
 *
 * @param path the folder
 */
public record RunDirectory(Path path) {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * Begins a folder for results.
   *
   * @throws ConfigException when something is there, naming the fix
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
   * Keeps every other writer out of a folder, which is made where there is none.
   *
   * @throws ConfigException when somebody writes there
   */
  public static DirectoryLock lock(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + path, e);
    }
    return DirectoryLock.take(path)
        .orElseThrow(
            () ->
                new ConfigException(
                    "another process is training into "
                        + path
                        + "; wait for it or name another --out"));
  }

  /**
   * Checks that what a result depends on is as it was when the run began.
   *
   * @throws ConfigException naming what differs
   */
  public void requireSame(Provenance now) {
    Path file = provenance();
    if (!Files.exists(file)) {
      return; // the run broke off before its data were hashed
    }
    ObjectNode before = JsonFiles.object(file);
    ObjectNode after = MAPPER.valueToTree(now);
    for (ObjectNode node : List.of(before, after)) {
      node.remove("data"); // the same content may lie elsewhere
      typesAlone(node); // experts may be shared among more or fewer devices
    }
    List<String> differences = JsonDifference.of(before, after);
    if (!differences.isEmpty()) {
      throw new ConfigException(
          "cannot go on to the bit with %s: %s; --accept-changes goes on all the same"
              .formatted(path, String.join(", ", differences)));
    }
  }

  private static void typesAlone(ObjectNode provenance) {
    Set<String> types = new TreeSet<>();
    provenance.path("devices").forEach(d -> types.add(d.asText().replaceAll(":.*", "")));
    provenance.put("devices", String.join(", ", types));
  }

  /**
   * A run that is there.
   *
   * @throws ConfigException when the folder is none
   */
  public static RunDirectory open(Path path) {
    Replacement.recover(path);
    RunDirectory directory = new RunDirectory(path);
    if (!Files.isRegularFile(directory.config())) {
      throw new ConfigException(path + " is no run: it has no run.json");
    }
    return directory;
  }

  /** Removes a folder that was made for a run which never began. */
  public static void removeIfEmpty(Path path) {
    try {
      RunFiles.removeIfEmpty(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path, e);
    }
  }

  /** Removes what jmoe wrote, and the folder where nothing else is in it. */
  public void delete() {
    try {
      new RunFiles(path).remove();
      RunFiles.removeIfEmpty(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path, e);
    }
  }

  /** The first of {@code runs/name}, {@code runs/name-2}, .. that is free. */
  public static Path free(Path runs, String name) {
    Path path = runs.resolve(name);
    for (int i = 2; Files.exists(path); i++) {
      path = runs.resolve(name + "-" + i);
    }
    return path;
  }

  /** What ran. */
  public Path config() {
    return path.resolve(RunFiles.CONFIG);
  }

  /**
   * The configuration of what ran.
   *
   * @throws ConfigException naming what is wrong with it, or which extension it needs
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

  /** Java files of the extensions that it was trained with. */
  public Path extensions() {
    return path.resolve("extensions");
  }

  /** The final numbers. */
  public Path summary() {
    return path.resolve("summary.json");
  }

  /** Where the results come from. */
  public Path provenance() {
    return path.resolve("provenance.json");
  }

  /** Numbers over the steps. */
  public Path metrics() {
    return path.resolve("metrics.arrow");
  }

  /** Numbers over the steps, one line each, written while the run trains. */
  public Path metricsLog() {
    return path.resolve("metrics.jsonl");
  }

  /** What the routers did over the steps. */
  public Path routing() {
    return path.resolve("routing.arrow");
  }

  /** Drawings. */
  public Path plots() {
    return path.resolve("plots");
  }

  /** Saved models, a folder a step. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Writes a record as JSON. */
  public void writeJson(String name, Object value) {
    try {
      writeText(path.resolve(name), MAPPER.writeValueAsString(value) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + name, e);
    }
  }

  /** Writes a text that appears whole or not at all. */
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
