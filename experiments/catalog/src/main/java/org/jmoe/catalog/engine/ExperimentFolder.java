package org.jmoe.catalog.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Preconditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jmoe.io.Json;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.RunDirectory;

/**
 * Experiment folder: {@code experiment.json} and {@code arms/ARM/seed-N/}, each with {@code
 * outcome.json} once that trial has finished.
 *
 * @param path the folder
 */
public record ExperimentFolder(Path path) {
  private static final ObjectMapper MAPPER = Json.indented();

  /**
   * Contents of {@code experiment.json}.
   *
   * @param name name of the experiment
   * @param quick whether its budget is quick
   * @param seeds number of seeds
   */
  public record Content(String name, boolean quick, int seeds) {
    /** Checks the number of seeds. */
    public Content {
      Preconditions.checkArgument(seeds >= 1, "seeds is %s, which must be at least 1", seeds);
    }
  }

  /** Returns the folder of one trial. */
  public Path trial(String arm, long seed) {
    return path.resolve("arms").resolve(arm).resolve("seed-" + seed);
  }

  /**
   * Creates the folder, or continues one of the same experiment, possibly with more seeds.
   *
   * @throws ConfigException if the folder holds something else
   */
  public void begin(Content content) {
    try {
      if (Files.exists(file())) {
        Content there = content();
        if (!there.name().equals(content.name()) || there.quick() != content.quick()) {
          throw new ConfigException(
              "%s holds the experiment %s%s; choose another folder with --out"
                  .formatted(path, there.name(), there.quick() ? " (quick)" : ""));
        }
      } else if (Files.exists(path) && !isEmpty()) {
        throw new ConfigException(
            path + " exists and is not an experiment folder; choose another folder with --out");
      }
      Files.createDirectories(path);
      RunDirectory.writeText(file(), MAPPER.writeValueAsString(content) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file(), e);
    }
  }

  /** Returns whether there is nothing but files that another process is about to complete. */
  private boolean isEmpty() throws IOException {
    try (var entries = Files.list(path)) {
      return entries.map(e -> e.getFileName().toString()).allMatch(name -> name.endsWith(".tmp"));
    }
  }

  private Path file() {
    return path.resolve("experiment.json");
  }

  /**
   * Reads {@code experiment.json}.
   *
   * @throws ConfigException if the folder holds no experiment
   */
  public Content content() {
    if (!Files.isRegularFile(file())) {
      throw new ConfigException(path + " is not an experiment folder: it has no experiment.json");
    }
    return JsonFiles.read(file(), Content.class);
  }

  /** Returns the outcome of a trial, if it has finished. */
  public Optional<Outcome> outcome(String arm, long seed) {
    Path file = trial(arm, seed).resolve("outcome.json");
    return Files.exists(file) ? Optional.of(JsonFiles.read(file, Outcome.class)) : Optional.empty();
  }

  /** Returns the provenance of a finished trial. */
  public TrialProvenance origin(String arm, long seed) {
    return JsonFiles.read(trial(arm, seed).resolve("origin.json"), TrialProvenance.class);
  }

  /** Writes the outcome of a trial, which marks it as finished. */
  static void finish(Path trial, Outcome outcome, TrialProvenance origin) {
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
   * Returns all outcomes.
   *
   * @throws ConfigException if a trial has not finished
   */
  public Results results(List<String> arms, int seeds) {
    Map<String, Map<Long, Outcome>> all = new LinkedHashMap<>();
    for (String arm : arms) {
      for (long seed = 1; seed <= seeds; seed++) {
        Optional<Outcome> found = outcome(arm, seed);
        if (found.isEmpty()) {
          throw new ConfigException(
              "%s has not finished: seed %d of %s is missing; repeat the command to resume"
                  .formatted(path, seed, arm));
        }
        all.computeIfAbsent(arm, a -> new LinkedHashMap<>()).put(seed, found.get());
      }
    }
    return new Results(all);
  }
}
