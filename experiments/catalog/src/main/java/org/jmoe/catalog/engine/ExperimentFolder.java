package org.jmoe.catalog.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.RunDirectory;

/**
 * An experiment on disk: {@code experiment.json} and {@code arms/ARM/seed-N/}, each with {@code
 * outcome.json} once that trial is finished.
 *
 * @param path the folder
 */
public record ExperimentFolder(Path path) {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * What is in a folder.
   *
   * @param name of the experiment
   * @param quick whether its budget is the quick one
   * @param seeds how many
   */
  public record Content(String name, boolean quick, int seeds) {}

  /** The folder of one trial. */
  public Path trial(String arm, long seed) {
    return path.resolve("arms").resolve(arm).resolve("seed-" + seed);
  }

  /**
   * Begins a folder, or goes on with one of the same experiment; more seeds may be asked for than
   * before.
   *
   * @throws ConfigException when something else is there
   */
  public void begin(Content content) {
    try {
      if (Files.exists(file())) {
        Content there = content();
        if (!there.name().equals(content.name()) || there.quick() != content.quick()) {
          throw new ConfigException(
              "%s holds the experiment %s%s; name another folder with --out"
                  .formatted(path, there.name(), there.quick() ? " (quick)" : ""));
        }
      } else if (Files.exists(path) && !isEmpty()) {
        throw new ConfigException(
            path + " exists and holds no experiment; name another folder with --out");
      }
      Files.createDirectories(path);
      RunDirectory.writeText(file(), MAPPER.writeValueAsString(content) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file(), e);
    }
  }

  private boolean isEmpty() throws IOException {
    try (var entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  private Path file() {
    return path.resolve("experiment.json");
  }

  /**
   * What the folder holds.
   *
   * @throws ConfigException when it holds no experiment
   */
  public Content content() {
    if (!Files.isRegularFile(file())) {
      throw new ConfigException(path + " is no experiment: it has no experiment.json");
    }
    return JsonFiles.read(file(), Content.class);
  }

  /** What a trial found, if it is finished. */
  public Optional<Outcome> outcome(String arm, long seed) {
    Path file = trial(arm, seed).resolve("outcome.json");
    return Files.exists(file) ? Optional.of(JsonFiles.read(file, Outcome.class)) : Optional.empty();
  }

  /** Which code and machine a finished trial ran on. */
  public Origin origin(String arm, long seed) {
    return JsonFiles.read(trial(arm, seed).resolve("origin.json"), Origin.class);
  }

  /** Keeps what a trial found; it is finished then. */
  static void finish(Path trial, Outcome outcome, Origin origin) {
    try {
      RunDirectory.writeText(
          trial.resolve("origin.json"), MAPPER.writeValueAsString(origin) + "\n");
      RunDirectory.writeText(
          trial.resolve("outcome.json"), MAPPER.writeValueAsString(outcome) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + trial, e);
    }
  }

  /**
   * All that was found.
   *
   * @throws ConfigException when a trial is not finished
   */
  public Results results(List<String> arms, int seeds) {
    Map<String, Map<Long, Outcome>> all = new LinkedHashMap<>();
    for (String arm : arms) {
      for (long seed = 1; seed <= seeds; seed++) {
        Optional<Outcome> found = outcome(arm, seed);
        if (found.isEmpty()) {
          throw new ConfigException(
              "%s is not finished: seed %d of %s is missing; the same command goes on"
                  .formatted(path, seed, arm));
        }
        all.computeIfAbsent(arm, a -> new LinkedHashMap<>()).put(seed, found.get());
      }
    }
    return new Results(all);
  }
}
