package org.jmoe.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Checks that outputs do not overwrite existing files. */
public final class Outputs {
  private Outputs() {}

  /**
   * Checks that a file does not exist or may be replaced.
   *
   * @throws IllegalArgumentException if the path is in use
   */
  public static void requireFile(Path file, boolean force) {
    requireFile(file, force, "--force");
  }

  /**
   * Like {@link #requireFile(Path, boolean)}, for a command with another option.
   *
   * @param option that allows to replace files
   */
  public static void requireFile(Path file, boolean force, String option) {
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException("The output " + file + " is a folder; choose a file.");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) { // a device would be replaced by a file
      throw new IllegalArgumentException(
          "The output " + file + " is not a regular file; choose another file.");
    }
    if (!force && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException(
          "The output %s exists; choose another file or replace it with %s."
              .formatted(file, option));
    }
  }

  /**
   * Checks that a file that exists is not an input or in an input folder, so that {@code --force}
   * never replaces what is about to be read.
   *
   * @throws IllegalArgumentException if it is
   */
  public static void requireNoInput(Path file, List<Path> inputs) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      Path output = file.toRealPath();
      for (Path input : inputs) {
        if (Files.exists(input) && output.startsWith(input.toRealPath())) {
          throw new IllegalArgumentException(
              "The output %s exists and is part of the input %s; choose another file."
                  .formatted(file, input));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * Checks that files in a folder do not exist or may be replaced; other files are ignored.
   *
   * @throws IllegalArgumentException if a file exists; the message states the first
   */
  public static void requireFiles(Path folder, List<String> names, boolean force) {
    names.forEach(name -> requireFile(folder.resolve(name), force));
  }

  /**
   * Checks that a folder does not exist or is empty.
   *
   * @throws IllegalArgumentException if the path is in use
   */
  public static void requireNewFolder(Path folder) {
    requireNewFolder(folder, "choose another folder");
  }

  /**
   * Checks that a folder does not exist or is empty, or that files in it may be replaced.
   *
   * @throws IllegalArgumentException if the path is in use
   */
  public static void requireNewFolder(Path folder, boolean force) {
    if (!force || !Files.isDirectory(folder)) {
      requireNewFolder(folder, "choose another folder or replace its files with --force");
    }
  }

  private static void requireNewFolder(Path folder, String fix) {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("The output " + folder + " is a file; choose a folder.");
    }
    try (Stream<Path> entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new IllegalArgumentException(
            "The output folder " + folder + " is not empty; " + fix + ".");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
