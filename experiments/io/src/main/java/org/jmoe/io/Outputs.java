package org.jmoe.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Decides whether a command may write where something may be already. */
public final class Outputs {
  private Outputs() {}

  /**
   * Checks that a file is new, or may be replaced.
   *
   * @throws IllegalArgumentException naming the fix
   */
  public static void requireFile(Path file, boolean force) {
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException("The output " + file + " is a folder; name a file.");
    }
    if (!force && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException(
          "The output " + file + " exists; name another file or replace it with --force.");
    }
  }

  /**
   * Checks that files of a folder are new, or may be replaced; others may lie beside them.
   *
   * @throws IllegalArgumentException naming the first that is there, and the fix
   */
  public static void requireFiles(Path folder, List<String> names, boolean force) {
    names.forEach(name -> requireFile(folder.resolve(name), force));
  }

  /**
   * Checks that a folder does not exist or is empty.
   *
   * @throws IllegalArgumentException naming the fix
   */
  public static void requireNewFolder(Path folder) {
    requireNewFolder(folder, "name another");
  }

  /**
   * Checks that a folder does not exist or is empty, or that files in it may be replaced.
   *
   * @throws IllegalArgumentException naming the fix
   */
  public static void requireNewFolder(Path folder, boolean force) {
    if (!force || !Files.isDirectory(folder)) {
      requireNewFolder(folder, "name another or replace its files with --force");
    }
  }

  private static void requireNewFolder(Path folder, String fix) {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("The output " + folder + " is a file; name a folder.");
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
