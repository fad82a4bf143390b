package org.jmoe.training.results;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jmoe.io.DirectoryLock;

/**
 * Replaces a run by another in the same folder. The old run is moved to a subfolder by renames and
 * deleted once the new run has written its {@code run.json}. A single rename commits the
 * replacement; before it, {@link #recover} restores the old run.
 *
 * @param folder folder of both runs; locked by the caller
 */
public record Replacement(Path folder) {
  private static final String ASIDE = ".replaced";
  private static final String REMOVED = ".removed";

  private Path aside() {
    return folder.resolve(ASIDE);
  }

  private Path removed() {
    return folder.resolve(REMOVED);
  }

  /** Moves the old run to the subfolder, run.json last; restores it on failure. */
  void begin() throws IOException {
    Files.createDirectory(aside());
    try {
      for (Path entry : new RunFiles(folder).entries()) {
        move(entry, folder, aside());
      }
    } catch (IOException e) {
      undo(e);
      throw e;
    }
  }

  /** Restores the old run and deletes the files of the new one. */
  void undo(Throwable cause) {
    try {
      restore();
    } catch (IOException e) {
      cause.addSuppressed(e); // the next command retries
    }
  }

  /** Commits the replacement and deletes the old run. */
  void finish() throws IOException {
    Files.move(aside(), removed(), StandardCopyOption.ATOMIC_MOVE);
    clean();
  }

  /**
   * Completes or reverts a replacement that was interrupted in {@link #begin} or {@link #finish}.
   */
  public static void recover(Path folder) {
    Replacement replacement = new Replacement(folder);
    if (!isFolder(replacement.aside()) && !isFolder(replacement.removed())) {
      return;
    }
    Optional<DirectoryLock> lock = DirectoryLock.tryLock(folder);
    if (lock.isEmpty()) {
      return; // the other process is still running
    }
    try (DirectoryLock held = lock.get()) {
      new Replacement(held.folder()).complete();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot restore the run in " + folder, e);
    }
  }

  private void complete() throws IOException {
    if (isFolder(removed())) {
      clean();
    }
    if (isFolder(aside())) {
      restore();
    }
  }

  private void restore() throws IOException {
    RunFiles old = new RunFiles(aside());
    if (Files.exists(aside().resolve(RunFiles.CONFIG))) { // the old run was moved completely
      new RunFiles(folder).remove();
    }
    for (Path entry : old.entries()) {
      move(entry, aside(), folder);
    }
    RunFiles.removeIfEmpty(aside());
  }

  private void clean() throws IOException {
    new RunFiles(removed()).remove();
    RunFiles.removeIfEmpty(removed());
  }

  private static boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static void move(Path entry, Path from, Path to) throws IOException {
    Path target = to.resolve(from.relativize(entry));
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Files.move(entry, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
