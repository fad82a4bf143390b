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
 * The checkpoints of a run, a folder {@code step-N} each. A folder is written under another name,
 * every file forced to disk, its manifest last, and then renamed; so whatever ends the process, the
 * newest folder that verifies is a whole state.
 */
public final class CheckpointStore {
  private static final String PREFIX = "step-";
  private static final String TEMPORARY = ".tmp";

  /** Fills a checkpoint. */
  @FunctionalInterface
  public interface Writer {
    /** Writes every file of it. */
    void write(CheckpointFiles files) throws IOException;
  }

  private final Path folder;
  private final Disk disk;

  /** The checkpoints within a folder. */
  public CheckpointStore(Path folder) {
    this(folder, Disk.real());
  }

  /** The same through a disk of one's own. */
  public CheckpointStore(Path folder, Disk disk) {
    this.folder = folder;
    this.disk = disk;
  }

  /**
   * Saves a step, whole or not at all. A step that is there and verifies is left as it is.
   *
   * @throws UncheckedIOException when the disk refuses; the checkpoints before are as they were
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

  /** Everything that has a checkpoint's name, the newest first, verified or not. */
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
   * The newest that is complete and verified.
   *
   * @param told hears in a sentence of each newer one that is not
   */
  public Optional<SavedCheckpoint> newest(Consumer<String> told) {
    List<SavedCheckpoint> all = all();
    for (int i = 0; i < all.size(); i++) {
      SavedCheckpoint checkpoint = all.get(i);
      Optional<String> fault = fault(checkpoint);
      if (fault.isEmpty()) {
        return Optional.of(checkpoint);
      }
      if (!Files.exists(checkpoint.folder())) { // a writer removed it, so there are newer ones
        all = all();
        i = -1;
        continue;
      }
      told.accept("passing over " + checkpoint.folder() + ": " + fault.get());
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

  /** Removes all but the newest so many and the steps named, and what broken writes left. */
  public void prune(int keep, Set<Long> also) {
    List<SavedCheckpoint> all = all();
    try {
      for (SavedCheckpoint old : all.subList(Math.min(keep, all.size()), all.size())) {
        if (!also.contains(old.step())) {
          // Renamed first: what is removed halfway must not have a checkpoint's name.
          Path gone = folder.resolve(old.folder().getFileName() + TEMPORARY);
          disk.rename(old.folder(), gone);
          disk.delete(gone);
        }
      }
      disk.forceFolder(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove old checkpoints of " + folder, e);
    }
  }

  /**
   * Makes the folder ready for a writer: removes what writes that broke off left, puts broken
   * checkpoints aside as {@code step-N.broken}, and returns the newest whole one.
   *
   * @param told hears in a sentence of each that is broken
   */
  public Optional<SavedCheckpoint> recover(Consumer<String> told) {
    sweep();
    Optional<SavedCheckpoint> newest = newest(told);
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
