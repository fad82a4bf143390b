package org.jmoe.data.files;

import com.google.common.collect.ImmutableSet;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** Kind of a text file, detected by its first bytes, or otherwise by its name. */
public enum TextKind {
  /** Compressed by any {@link Compression}. */
  COMPRESSED,
  ZIP,
  TAR,
  ARROW,
  PARQUET,
  /** JSON lines, an array of records, or a single record. */
  JSON,
  /** Plain text: one document. */
  PLAIN,
  /** Describes a dataset, but is not part of it. */
  METADATA,
  /** Tokens, not text. */
  TOKENS,
  UNKNOWN;

  /** Number of bytes that {@link #of} needs. */
  public static final int HEAD = 512;

  private static final int TAR_MAGIC = 257;

  private static final ImmutableSet<String> METADATA_FILES =
      ImmutableSet.of(
          "dataset_dict.json",
          "dataset_info.json",
          "dataset_infos.json",
          "state.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "config.json",
          "generation_config.json",
          "croissant.json",
          "_metadata", // in folders of Parquet files
          "_common_metadata",
          "_success");

  private static final Pattern CACHES = Pattern.compile("cache-.*[.]arrow|.*[.](lock|incomplete)");

  /**
   * Returns the kind of a file.
   *
   * @param head first {@link #HEAD} bytes, or the whole file if it is shorter
   * @param name file name, with or without folders
   */
  public static TextKind of(byte[] head, String name) {
    String plain = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    if (METADATA_FILES.contains(plain) || CACHES.matcher(plain).matches()) {
      return METADATA;
    }
    if (Compression.of(head).isPresent()) {
      return COMPRESSED;
    }
    plain = Compression.strip(plain); // some downloads are decompressed but keep their name
    String begin = new String(head, StandardCharsets.ISO_8859_1);
    String extension = FileExtensions.of(plain);
    if (begin.startsWith("PK\3\4") || begin.startsWith("PK\5\6")) {
      return FileExtensions.OFFICE.contains(extension)
          ? UNKNOWN
          : FileExtensions.TOKENS.contains(extension) ? TOKENS : ZIP;
    }
    if (begin.startsWith("ustar", TAR_MAGIC)) {
      return TAR;
    }
    if (begin.startsWith("PAR1")) {
      return PARQUET;
    }
    if (begin.startsWith("ARROW1") || extension.equals("arrow") || extension.equals("arrows")) {
      return ARROW;
    }
    if (extension.equals("jsonl") || extension.equals("ndjson") || extension.equals("json")) {
      return JSON;
    }
    if (FileExtensions.TOKENS.contains(extension)) {
      return TOKENS;
    }
    return FileExtensions.PLAIN.contains(extension) ? PLAIN : UNKNOWN;
  }

  /**
   * Returns whether a file with this name contains records or a dataset rather than one document.
   */
  public static boolean holdsRecords(String name) {
    return switch (of(new byte[0], Compression.strip(name))) {
      case JSON, ARROW -> true;
      default ->
          FileExtensions.of(Compression.strip(name).toLowerCase(Locale.ROOT)).equals("parquet");
    };
  }

  /** Returns whether a file with this name describes a dataset. */
  public static boolean isMetadata(String name) {
    return of(new byte[0], name) == METADATA;
  }
}
