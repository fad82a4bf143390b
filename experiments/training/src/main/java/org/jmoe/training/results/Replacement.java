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
 * One run taking the place of another in the same folder. The old run is moved aside within the
 * folder, by renames alone, and removed once the new one has its {@code run.json}. Until a single
 * rename says that it may be removed, {@link #recover} puts it back.
 *
 * @param folder of both runs, locked by the caller
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

  /** Moves the old run aside, its run.json last; puts everything back where that fails. */
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

  /** Puts the old run back, and removes what the new one wrote. */
  void undo(Throwable cause) {
    try {
      restore();
    } catch (IOException e) {
      cause.addSuppressed(e); // the next command tries again
    }
  }

  /** Removes the old run. */
  void finish() throws IOException {
    Files.move(aside(), removed(), StandardCopyOption.ATOMIC_MOVE);
    clean();
  }

  /** Completes what a process left that ended in {@link #begin} or {@link #finish}. */
  public static void recover(Path folder) {
    Replacement replacement = new Replacement(folder);
    if (!isFolder(replacement.aside()) && !isFolder(replacement.removed())) {
      return;
    }
    Optional<DirectoryLock> lock = DirectoryLock.take(folder);
    if (lock.isEmpty()) {
      return; // that process has not ended
    }
    try (DirectoryLock held = lock.get()) {
      new Replacement(held.folder()).complete();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot put back the run in " + folder, e);
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
    if (Files.exists(aside().resolve(RunFiles.CONFIG))) { // the old run is aside completely
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
