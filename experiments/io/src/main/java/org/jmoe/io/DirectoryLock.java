package org.jmoe.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An exclusive lock of a folder for writing, across threads and processes. The operating system
 * releases the lock if the process is killed.
 */
public final class DirectoryLock implements AutoCloseable {
  /** Name of the lock file. */
  public static final String NAME = ".lock";

  private final Path folder;
  private final Path file;
  private final FileChannel channel;

  private DirectoryLock(Path folder, Path file, FileChannel channel) {
    this.folder = folder;
    this.file = file;
    this.channel = channel;
  }

  /** Tries to lock an existing folder; returns empty if it is locked already. */
  public static Optional<DirectoryLock> tryLock(Path folder) {
    Path file = folder.resolve(NAME);
    boolean locked = false;
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.READ,
              LinkOption
                  .NOFOLLOW_LINKS); // the file is truncated, which must not happen to a link's
      // target
      try {
        FileLock lock = channel.tryLock();
        locked = lock != null && isCurrent(file, channel);
        return locked ? Optional.of(new DirectoryLock(folder, file, channel)) : Optional.empty();
      } catch (OverlappingFileLockException e) {
        return Optional.empty();
      } finally {
        if (!locked) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + folder, e);
    }
  }

  /**
   * Checks that the locked file is the one in the folder: the previous owner may have deleted it
   * between opening and locking. A random file size identifies it. Opening it again is not an
   * option, because closing any channel of a file releases its lock.
   */
  private static boolean isCurrent(Path file, FileChannel channel) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(new byte[1]), ThreadLocalRandom.current().nextInt(1 << 20));
    return Files.exists(file) && Files.size(file) == channel.size();
  }

  /** Returns the locked folder. */
  public Path folder() {
    return folder;
  }

  /** Deletes the lock file and releases the lock. */
  @Override
  public void close() {
    try (channel) {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock " + file, e);
    }
  }
}
