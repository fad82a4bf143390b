package org.jmoe.data.files;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/** Compression formats, detected by magic bytes. */
public enum Compression {
  GZIP("1f8b08", ".gz", ".gzip", ".tgz"),
  BZIP2("425a68", ".bz2", ".bzip2", ".tbz2"),
  ZSTD("28b52ffd", ".zst", ".zstd", ".tzst"),
  XZ("fd377a585a00", ".xz", ".txz");

  private static final int XZ_MEMORY_KIB = 1 << 18;

  private final ImmutableList<String> extensions;
  private final String magic; // hexadecimal

  Compression(String magic, String... extensions) {
    this.magic = magic;
    this.extensions = ImmutableList.copyOf(extensions);
  }

  /** Returns the compression of a stream that starts with these bytes. */
  public static Optional<Compression> of(byte[] head) {
    String begin = HexFormat.of().formatHex(head, 0, Math.min(head.length, 8));
    if (begin.matches("5[0-9a-f]2a4d18.*")) { // a skippable frame, as pzstd writes
      return Optional.of(ZSTD);
    }
    return Arrays.stream(values()).filter(c -> begin.startsWith(c.magic)).findFirst();
  }

  /**
   * Removes the compression extension of a file name; {@code .tgz} and similar become {@code .tar}.
   */
  public static String strip(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (Compression compression : values()) {
      for (String extension : compression.extensions) {
        if (lower.endsWith(extension)) {
          String rest = name.substring(0, name.length() - extension.length());
          return extension.startsWith(".t") ? rest + ".tar" : rest;
        }
      }
    }
    return name;
  }

  /** Returns the decompressed stream; concatenated frames are supported. */
  public InputStream expand(InputStream in) throws IOException {
    return switch (this) {
      case GZIP -> new GzipCompressorInputStream(in, true);
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      case ZSTD -> new ZstdCompressorInputStream(in);
      case XZ -> new XZCompressorInputStream(in, true, XZ_MEMORY_KIB);
    };
  }
}
