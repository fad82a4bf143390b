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
 * Keeps a second writer out of a folder, in this process or another. The system lets go of the lock
 * when the process ends in any way.
 */
public final class DirectoryLock implements AutoCloseable {
  /** The file that is locked. */
  public static final String NAME = ".lock";

  private final Path folder;
  private final Path file;
  private final FileChannel channel;

  private DirectoryLock(Path folder, Path file, FileChannel channel) {
    this.folder = folder;
    this.file = file;
    this.channel = channel;
  }

  /** Locks a folder, which must exist; empty when somebody else writes there. */
  public static Optional<DirectoryLock> take(Path folder) {
    Path file = folder.resolve(NAME);
    boolean taken = false;
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.READ,
              LinkOption.NOFOLLOW_LINKS); // it is truncated, which a link's target must not be
      try {
        FileLock lock = channel.tryLock();
        taken = lock != null && isStillThere(file, channel);
        return taken ? Optional.of(new DirectoryLock(folder, file, channel)) : Optional.empty();
      } catch (OverlappingFileLockException e) {
        return Optional.empty();
      } finally {
        if (!taken) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + folder, e);
    }
  }

  /**
   * Its last owner may have removed the file between opening and locking; a size of chance tells.
   * Opening it a second time would not do: closing any channel of a file lets go of its lock.
   */
  private static boolean isStillThere(Path file, FileChannel channel) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(new byte[1]), ThreadLocalRandom.current().nextInt(1 << 20));
    return Files.exists(file) && Files.size(file) == channel.size();
  }

  /** The folder that is locked. */
  public Path folder() {
    return folder;
  }

  /** Removes the file, then lets go. */
  @Override
  public void close() {
    try (channel) {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock " + file, e);
    }
  }
}
