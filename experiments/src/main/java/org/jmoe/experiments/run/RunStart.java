package org.jmoe.experiments.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What becomes of an output folder when a run begins. */
enum RunStart {
  /** Nothing was there. */
  FRESH,
  /** A run is there and is replaced. */
  REPLACE,
  /** The same run is there, unfinished, and goes on. */
  RESUME;

  /**
   * Looks, and changes nothing.
   *
   * @throws ConfigException when the folder may not be used, naming the fix
   */
  static RunStart of(Path path, boolean force, RunConfig config, RunJson json) {
    RunDirectory directory = new RunDirectory(path);
    if (isFree(path)) {
      return FRESH;
    }
    boolean unfinished =
        Files.isRegularFile(directory.config()) && !Files.exists(directory.summary());
    if (force || !unfinished) {
      RunDirectory.requireFree(path, force);
      return REPLACE;
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

  /** Hidden files are what a start that broke off left. */
  private static boolean isFree(Path path) {
    if (!Files.isDirectory(path)) {
      return !Files.exists(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> all = entries.toList();
      return !all.isEmpty()
          && all.stream().allMatch(e -> e.getFileName().toString().startsWith("."));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path, e);
    }
  }
}
