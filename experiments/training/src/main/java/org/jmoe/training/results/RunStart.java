package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jmoe.io.Json;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.TeacherSpec;
import org.jmoe.training.config.keys.JsonDifference;

/** How a run treats its output folder when it starts. */
public enum RunStart {
  /** The folder is new or empty. */
  FRESH,
  /** An existing run is replaced. */
  REPLACE,
  /** An unfinished run of the same configuration is resumed. */
  RESUME;

  private static final int MAX_LISTED = 3; // foreign files in a message
  private static final ObjectMapper MAPPER = Json.plain();

  /**
   * Determines the mode without changing anything.
   *
   * @throws ConfigException if the folder cannot be used
   */
  public static RunStart of(Path path, boolean force, RunConfig config, RunJson json) {
    if (isFree(path)) {
      return FRESH;
    } else if (force) {
      requireReplaceable(path);
      requireInputsElsewhere(path, config);
      return REPLACE;
    }
    RunDirectory directory = new RunDirectory(path);
    if (!Files.isRegularFile(directory.config()) || Files.exists(directory.summary())) {
      requireFree(path);
    }
    List<String> differences =
        JsonDifference.of(json.write(directory.configuration(json)), json.write(config));
    if (!differences.isEmpty()) {
      throw new ConfigException(
          "the output %s contains an unfinished run of another configuration (%s); choose another --out, resume that run with --resume, or replace it with --force"
              .formatted(path, differences.get(0)));
    }
    return RESUME;
  }

  /**
   * Checks that the path is unused, before expensive work starts.
   *
   * @throws ConfigException if the path is in use
   */
  static void requireFree(Path path) {
    if (!isFree(path)) {
      String fix =
          isRun(path)
              ? " exists; choose another --out or replace it with --force"
              : " exists and is not a run; choose another --out";
      throw new ConfigException("the output " + path + fix);
    }
  }

  /** Returns whether the path is unused, ignoring leftovers of an interrupted start. */
  private static boolean isFree(Path path) {
    if (!Files.isDirectory(path)) {
      return !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }
    RunFiles files = new RunFiles(path);
    try {
      return files.foreign(1).isEmpty()
          && files.entries().stream().allMatch(e -> e.getFileName().toString().startsWith("."));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path, e);
    }
  }

  /** Checks that the folder contains a run and no foreign files, so that replacing it is safe. */
  private static void requireReplaceable(Path path) {
    if (!isRun(path)) {
      throw new ConfigException(
          "the output "
              + path
              + " exists and is not a run, so --force does not replace it; choose another --out");
    }
    RunFiles files = new RunFiles(path);
    try {
      List<String> foreign = files.foreign(MAX_LISTED);
      if (!foreign.isEmpty()) {
        throw new ConfigException(
            "the output %s contains files that are not part of a run (%s), so --force does not replace it; choose another --out"
                .formatted(path, String.join(", ", foreign)));
      }
      Optional<Path> readOnly = files.readOnly();
      if (readOnly.isPresent()) {
        throw new ConfigException(
            "the output %s cannot be replaced: %s is read-only; choose another --out"
                .formatted(path, readOnly.get()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path, e);
    }
  }

  /** Returns whether the folder has a run.json with the keys of a run configuration. */
  private static boolean isRun(Path path) {
    try {
      JsonNode tree = MAPPER.readTree(new RunDirectory(path).config().toFile());
      return tree.has("data") && tree.has("training");
    } catch (IOException e) {
      return false;
    }
  }

  /** Checks that initial and teacher weights are not in the folder that would be replaced. */
  private static void requireInputsElsewhere(Path path, RunConfig config) {
    Stream.concat(
            Stream.ofNullable(config.init()).map(InitSpec::weights),
            Stream.ofNullable(config.teacher()).map(TeacherSpec::weights))
        .map(InitialWeights::location)
        .filter(place -> isWithin(Path.of(place), path))
        .findFirst()
        .ifPresent(
            place -> {
              throw new ConfigException(
                  "the run reads %s, which --force would delete; choose another --out than %s"
                      .formatted(place, path));
            });
  }

  private static boolean isWithin(Path path, Path folder) {
    try {
      return path.toRealPath().startsWith(folder.toRealPath());
    } catch (IOException e) {
      return false; // a missing file is reported when it is loaded
    }
  }
}
