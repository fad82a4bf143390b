package org.jmoe.training.checkpoint;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jmoe.io.Disk;

/**
 * The checkpoints of a run, in folders {@code step-N}. A checkpoint is written to a temporary
 * folder, every file is forced to disk, the manifest is written last, and the folder is renamed. If
 * the process is killed at any point, the newest folder that verifies is therefore a complete
 * state.
 */
public final class CheckpointStore {
  private static final String PREFIX = "step-";
  private static final String TEMPORARY = ".tmp";

  /** Writes the content of a checkpoint. */
  @FunctionalInterface
  public interface Writer {
    /** Writes all files. */
    void write(CheckpointFiles files) throws IOException;
  }

  private final Path folder;
  private final Disk disk;

  /** Creates a store in a folder. */
  public CheckpointStore(Path folder) {
    this(folder, Disk.real());
  }

  /** Creates a store that uses the given disk operations. */
  public CheckpointStore(Path folder, Disk disk) {
    this.folder = folder;
    this.disk = disk;
  }

  /**
   * Saves a checkpoint atomically. Does nothing if a valid checkpoint of the step exists.
   *
   * @throws UncheckedIOException if writing fails; earlier checkpoints are not affected
   */
  public void save(long step, Writer writer) {
    Path target = folder.resolve(PREFIX + step);
    Path temporary = folder.resolve(PREFIX + step + TEMPORARY);
    try {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        if (fault(new SavedCheckpoint(step, target)).isEmpty()) {
          return;
        }
        disk.delete(target);
      }
      disk.delete(temporary);
      disk.createFolder(temporary);
      CheckpointFiles files = new CheckpointFiles(temporary, disk);
      writer.write(files);
      files.finish(step);
      disk.rename(temporary, target);
      disk.forceFolder(folder);
    } catch (IOException e) {
      discard(temporary, e);
      throw new UncheckedIOException("cannot save checkpoint " + target, e);
    } catch (UncheckedIOException e) {
      discard(temporary, e);
      throw e;
    }
  }

  private void discard(Path temporary, Exception cause) {
    try {
      disk.delete(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e); // the next save removes it
    }
  }

  /** Returns all folders named like a checkpoint, valid or not, newest first. */
  public List<SavedCheckpoint> all() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(e -> e.getFileName().toString().matches(PREFIX + "(0|[1-9]\\d{0,17})"))
          .map(e -> new SavedCheckpoint(step(e), e))
          .sorted(Comparator.comparingLong(SavedCheckpoint::step).reversed())
          .collect(ImmutableList.toImmutableList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static long step(Path entry) {
    return Long.parseLong(entry.getFileName().toString().substring(PREFIX.length()));
  }

  /**
   * Returns the newest valid checkpoint.
   *
   * @param log receives a message for each newer, invalid checkpoint
   */
  public Optional<SavedCheckpoint> newest(Consumer<String> log) {
    List<SavedCheckpoint> all = all();
    for (int i = 0; i < all.size(); i++) {
      SavedCheckpoint checkpoint = all.get(i);
      Optional<String> fault = fault(checkpoint);
      if (fault.isEmpty()) {
        return Optional.of(checkpoint);
      }
      if (!Files.exists(checkpoint.folder())) { // removed by a writer, so there are newer ones
        all = all();
        i = -1;
        continue;
      }
      log.accept("skipping invalid checkpoint " + checkpoint.folder() + ": " + fault.get());
    }
    return Optional.empty();
  }

  private static Optional<String> fault(SavedCheckpoint checkpoint) {
    try {
      checkpoint.verify();
      return Optional.empty();
    } catch (CheckpointException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Removes all checkpoints except the newest {@code keep} and the steps in {@code also}. */
  public void prune(int keep, Set<Long> also) {
    List<SavedCheckpoint> all = all();
    try {
      for (SavedCheckpoint old : all.subList(Math.min(keep, all.size()), all.size())) {
        if (!also.contains(old.step())) {
          // Renamed first, so that a partly deleted folder is not taken for a checkpoint.
          Path deleted = folder.resolve(old.folder().getFileName() + TEMPORARY);
          disk.rename(old.folder(), deleted);
          disk.delete(deleted);
        }
      }
      disk.forceFolder(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove old checkpoints in " + folder, e);
    }
  }

  /**
   * Prepares the folder for a writer: deletes the leftovers of interrupted writes, renames invalid
   * checkpoints to {@code step-N.broken}, and returns the newest valid checkpoint.
   *
   * @param log receives a message for each invalid checkpoint
   */
  public Optional<SavedCheckpoint> recover(Consumer<String> log) {
    sweep();
    Optional<SavedCheckpoint> newest = newest(log);
    try {
      for (SavedCheckpoint checkpoint : all()) {
        if (newest.isPresent() && checkpoint.step() <= newest.get().step()) {
          break;
        }
        Path aside = folder.resolve(checkpoint.folder().getFileName() + ".broken");
        disk.delete(aside);
        disk.rename(checkpoint.folder(), aside);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clean " + folder, e);
    }
    return newest;
  }

  private void sweep() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        if (entry.getFileName().toString().matches(PREFIX + "\\d+" + TEMPORARY)) {
          disk.delete(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clean " + folder, e);
    }
  }
}
