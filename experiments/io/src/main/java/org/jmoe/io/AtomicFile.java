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
 * A file that appears whole or not at all: written under another name beside its place, forced to
 * disk, then renamed. Closing it before {@link #commit} leaves nothing behind.
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
   * Begins a file.
   *
   * @throws IllegalArgumentException when it exists and may not be replaced, or its folder does not
   *     exist
   */
  public static AtomicFile create(Path target, boolean replace) {
    Outputs.requireFile(target, replace);
    Path folder = target.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "The output folder " + folder + " does not exist; create it.");
    }
    try {
      // Not by createTempFile, whose files nobody but their owner may read, whatever the umask.
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

  /** Where to write. */
  public FileChannel channel() {
    return channel;
  }

  /** Makes the file appear. */
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
      throw new UncheckedIOException("cannot remove " + temporary, e);
    }
  }
}
