package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.JsonDifference;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.TeacherSpec;

/** What becomes of an output folder when a run begins. */
public enum RunStart {
  /** Nothing was there. */
  FRESH,
  /** A run is there and is replaced. */
  REPLACE,
  /** The same run is there, unfinished, and is resumed. */
  RESUME;

  private static final int NAMED = 3; // foreign files in a message
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  /**
   * Decides, and changes nothing.
   *
   * @throws ConfigException when the folder may not be used, naming the fix
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
          "the output %s holds an unfinished run of another configuration (%s); name another with"
                  .formatted(path, differences.get(0))
              + " --out, go on with that one by --resume, or replace it with --force");
    }
    return RESUME;
  }

  /**
   * Checks that a run may be written, before long work begins.
   *
   * @throws ConfigException when something is there, naming the fix
   */
  static void requireFree(Path path) {
    if (!isFree(path)) {
      String fix =
          isRun(path)
              ? " exists; name another with --out or replace it with --force"
              : " exists and is no run; name another with --out";
      throw new ConfigException("the output " + path + fix);
    }
  }

  /** Whether nothing is there but what a start that broke off left. */
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

  /** Checks that a run is there and nothing else, so that replacing it removes nobody's files. */
  private static void requireReplaceable(Path path) {
    if (!isRun(path)) {
      throw new ConfigException(
          "the output " + path + " exists and is no run, so --force leaves it alone");
    }
    RunFiles files = new RunFiles(path);
    try {
      List<String> foreign = files.foreign(NAMED);
      if (!foreign.isEmpty()) {
        throw new ConfigException(
            "the output %s holds files that no run writes (%s), so --force leaves it alone; name another with --out"
                .formatted(path, String.join(", ", foreign)));
      }
      Optional<Path> readOnly = files.readOnly();
      if (readOnly.isPresent()) {
        throw new ConfigException(
            "the output %s cannot be replaced: %s is read-only".formatted(path, readOnly.get()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path, e);
    }
  }

  /** Whether run.json is there and has the parts of a run's configuration. */
  private static boolean isRun(Path path) {
    try {
      JsonNode tree = MAPPER.readTree(new RunDirectory(path).config().toFile());
      return tree.has("data") && tree.has("training");
    } catch (IOException e) {
      return false;
    }
  }

  /** Weights that a run begins with, or is trained towards, must outlast the run it replaces. */
  private static void requireInputsElsewhere(Path path, RunConfig config) {
    Stream.concat(
            Stream.ofNullable(config.init()).map(InitSpec::weights),
            Stream.ofNullable(config.teacher()).map(TeacherSpec::weights))
        .map(InitialWeights::place)
        .filter(place -> isWithin(Path.of(place), path))
        .findFirst()
        .ifPresent(
            place -> {
              throw new ConfigException(
                  "the run reads %s, which --force would remove; name another output than %s with --out"
                      .formatted(place, path));
            });
  }

  private static boolean isWithin(Path path, Path folder) {
    try {
      return path.toRealPath().startsWith(folder.toRealPath());
    } catch (IOException e) {
      return false; // there is no such file, which loading it will say
    }
  }
}
