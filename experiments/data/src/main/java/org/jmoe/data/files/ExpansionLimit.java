package org.jmoe.data.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.DataFormatException;

/**
 * A limit on what a file expands to, so that a small file cannot fill a disk or keep a build busy
 * for days: 256 times its size, but at least 64 MiB. Texts are compressed 20-fold at most.
 *
 * @param size of the file in bytes
 */
public record ExpansionLimit(Path file, long size) {
  private static final long MAX_RATIO = 256;
  private static final long ALWAYS_ALLOWED = 1L << 26;

  /** Creates the limit of a file. */
  public static ExpansionLimit of(Path file) {
    try {
      return new ExpansionLimit(file, Files.size(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Returns the limit for a file of a size, in bytes or values. */
  public static long most(long size) {
    return size > Long.MAX_VALUE / MAX_RATIO
        ? Long.MAX_VALUE
        : Math.max(ALWAYS_ALLOWED, MAX_RATIO * size);
  }

  /**
   * Checks how far the file was expanded.
   *
   * @throws DataFormatException if it is beyond the limit
   */
  public void check(long expanded) {
    if (expanded > most(size)) {
      throw new DataFormatException(
          file,
          "expands to more than %d bytes, %d times the %d of the file; expand it yourself if it is no decompression bomb"
              .formatted(most(size), most(size) / Math.max(1, size), size));
    }
  }

  /** Returns a stream that ends in an error once more is read than the file may expand to. */
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
