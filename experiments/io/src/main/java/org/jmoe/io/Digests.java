package org.jmoe.io;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** SHA-256 of data. */
public final class Digests {
  private Digests() {}

  /**
   * SHA-256, in hexadecimal, of files laid end to end; of one file, what {@code sha256sum} prints.
   */
  public static String sha256(List<Path> files) {
    try {
      ByteSource all =
          ByteSource.concat(files.stream().map(f -> MoreFiles.asByteSource(f)).toList());
      return all.hash(Hashing.sha256()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + files, e);
    }
  }
}
