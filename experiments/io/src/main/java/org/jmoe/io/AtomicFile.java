package org.jmoe.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

/**
 * A file that is written atomically: to a temporary file in the same folder, which is forced to
 * disk and renamed. Closing it before {@link #commit} deletes the temporary file.
 */
public final class AtomicFile implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;

  private AtomicFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Starts writing a file.
   *
   * @throws IllegalArgumentException if the file exists and must not be replaced, or its folder
   *     does not exist
   */
  public static AtomicFile create(Path target, boolean replace) {
    Outputs.requireFile(target, replace);
    Path folder = target.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "The output folder " + folder + " does not exist; create it.");
    }
    try {
      // Not createTempFile, which ignores the umask and makes files readable only by their owner.
      String random = Long.toHexString(new SecureRandom().nextLong());
      Path temporary = folder.resolve("." + target.getFileName() + "." + random + ".tmp");
      return new AtomicFile(
          target,
          temporary,
          FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target, e);
    }
  }

  /** Returns the channel to write to. */
  public FileChannel channel() {
    return channel;
  }

  /** Completes the file under its final name. */
  public void commit() {
    try {
      channel.force(true);
      channel.close();
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + temporary, e);
    }
  }
}
