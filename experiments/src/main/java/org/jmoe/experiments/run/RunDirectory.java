package org.jmoe.experiments.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.experiments.data.AtomicFile;

/**
 * A result on disk that can rebuild itself.
 *
 * @param path the folder
 */
public record RunDirectory(Path path) {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * Begins a run's folder.
   *
   * @param force whether a run that is there already may be replaced
   * @throws ConfigException when something is there, naming the fix
   */
  public static RunDirectory create(Path path, boolean force) {
    requireFree(path, force);
    RunDirectory directory = new RunDirectory(path);
    try {
      if (Files.exists(path)) {
        directory.delete();
      }
      Files.createDirectories(directory.plots());
      Files.createDirectories(directory.checkpoints());
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + path, e);
    }
  }

  /**
   * Checks that a run may be written, before long work begins.
   *
   * @throws ConfigException when something is there, naming the fix
   */
  public static void requireFree(Path path, boolean force) {
    if (!Files.exists(path)) {
      return;
    }
    if (!force) {
      throw new ConfigException(
          "the output " + path + " exists; name another with --out or replace it with --force");
    }
    if (!Files.exists(new RunDirectory(path).config())) {
      throw new ConfigException(
          "the output " + path + " exists and is no run, so --force leaves it alone");
    }
  }

  /**
   * A run that is there.
   *
   * @throws ConfigException when the folder is none
   */
  public static RunDirectory open(Path path) {
    RunDirectory directory = new RunDirectory(path);
    if (!Files.isRegularFile(directory.config())) {
      throw new ConfigException(path + " is no run: it has no run.json");
    }
    return directory;
  }

  /** Removes the folder and all that is in it. */
  public void delete() {
    try {
      MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
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
    return path.resolve("run.json");
  }

  /** The final numbers. */
  public Path summary() {
    return path.resolve("summary.json");
  }

  /** Numbers over the steps. */
  public Path metrics() {
    return path.resolve("metrics.arrow");
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
