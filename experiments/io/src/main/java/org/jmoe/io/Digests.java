package org.jmoe.io;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** SHA-256 digests of files. */
public final class Digests {
  private Digests() {}

  /**
   * Returns the SHA-256 of the concatenated files in hexadecimal; for one file, the same as {@code
   * sha256sum}.
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
