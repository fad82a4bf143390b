package org.jmoe.data.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.DataFormatException;

/**
 * Limits the decompressed size of a file to 256 times its size, but at least 64 MiB, so that a
 * small file cannot fill a disk or block a build. Text compresses about 20-fold.
 *
 * @param size size of the file in bytes
 */
public record ExpansionLimit(Path file, long size) {
  private static final long MAX_RATIO = 256;
  private static final long MIN_LIMIT = 1L << 26;

  /** Creates the limit of a file. */
  public static ExpansionLimit of(Path file) {
    try {
      return new ExpansionLimit(file, Files.size(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Returns the limit in bytes or values for a file of {@code size} bytes. */
  public static long max(long size) {
    return size > Long.MAX_VALUE / MAX_RATIO
        ? Long.MAX_VALUE
        : Math.max(MIN_LIMIT, MAX_RATIO * size);
  }

  /**
   * Checks the decompressed size so far.
   *
   * @throws DataFormatException if it exceeds the limit
   */
  public void check(long expanded) {
    if (expanded > max(size)) {
      throw new DataFormatException(
          file,
          "decompresses to more than %d bytes, %d times the file size of %d; if it is not a decompression bomb, decompress it manually"
              .formatted(max(size), max(size) / Math.max(1, size), size));
    }
  }

  /** Returns a stream that throws once the limit is exceeded. */
  public InputStream limit(InputStream expanded) {
    return new FilterInputStream(expanded) {
      private long count;

      @Override
      public int read() throws IOException {
        int value = super.read();
        add(value < 0 ? 0 : 1);
        return value;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        add(Math.max(0, read));
        return read;
      }

      @Override
      public long skip(long wanted) throws IOException {
        long skipped = super.skip(wanted);
        add(skipped);
        return skipped;
      }

      private void add(long bytes) {
        count += bytes;
        check(count);
      }
    };
  }
}
