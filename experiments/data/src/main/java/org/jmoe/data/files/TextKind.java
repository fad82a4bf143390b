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

  private static final ImmutableSet<String> PLAIN_EXTENSIONS =
      ImmutableSet.of(
          // prose
          "txt",
          "text",
          "md",
          "markdown",
          "rst",
          "adoc",
          "asciidoc",
          "org",
          "tex",
          "bib",
          "srt",
          "vtt",
          "html",
          "htm",
          "xhtml",
          "xml",
          "svg",
          "wiki",
          // programs
          "java",
          "scala",
          "kt",
          "kts",
          "groovy",
          "clj",
          "cljs",
          "py",
          "pyi",
          "pyx",
          "ipynb",
          "rb",
          "pl",
          "pm",
          "php",
          "js",
          "mjs",
          "cjs",
          "jsx",
          "ts",
          "tsx",
          "vue",
          "svelte",
          "css",
          "scss",
          "less",
          "c",
          "h",
          "cc",
          "cpp",
          "cxx",
          "hh",
          "hpp",
          "hxx",
          "inl",
          "cu",
          "cuh",
          "cl",
          "m",
          "mm",
          "swift",
          "go",
          "rs",
          "zig",
          "nim",
          "d",
          "cs",
          "fs",
          "fsx",
          "vb",
          "hs",
          "lhs",
          "ml",
          "mli",
          "elm",
          "ex",
          "exs",
          "erl",
          "hrl",
          "lisp",
          "el",
          "scm",
          "rkt",
          "lua",
          "jl",
          "r",
          "rmd",
          "f",
          "f90",
          "f95",
          "for",
          "pas",
          "ada",
          "adb",
          "ads",
          "asm",
          "s",
          "v",
          "sv",
          "vhd",
          "vhdl",
          "sql",
          "sh",
          "bash",
          "zsh",
          "fish",
          "ps1",
          "bat",
          "cmd",
          "awk",
          "sed",
          "tcl",
          "dart",
          "sol",
          "lean",
          "agda",
          "thy",
          "coq",
          "proto",
          "thrift",
          "graphql",
          "cmake",
          "mk",
          "gradle",
          "bzl",
          "dockerfile",
          "yaml",
          "yml",
          "toml",
          "ini",
          "cfg",
          "conf",
          "properties",
          "diff",
          "patch",
          "jsp",
          "tf",
          "nix",
          "vim",
          "g4",
          "y",
          "l");

  /** Of documents that are zip archives of something else than texts. */
  private static final ImmutableSet<String> OFFICE_EXTENSIONS =
      ImmutableSet.of("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub");

  private static final ImmutableSet<String> TOKEN_EXTENSIONS =
      ImmutableSet.of("bin", "idx", "npy", "npz");

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
    String begin = new String(head, StandardCharsets.ISO_8859_1);
    String extension = extension(plain);
    if (begin.startsWith("PK\3\4") || begin.startsWith("PK\5\6")) {
      return OFFICE_EXTENSIONS.contains(extension)
          ? UNKNOWN
          : TOKEN_EXTENSIONS.contains(extension) ? TOKENS : ZIP;
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
    if (TOKEN_EXTENSIONS.contains(extension)) {
      return TOKENS;
    }
    return PLAIN_EXTENSIONS.contains(extension) ? PLAIN : UNKNOWN;
  }

  /**
   * Returns whether a file with this name contains records or a dataset rather than one document.
   */
  public static boolean holdsRecords(String name) {
    return switch (of(new byte[0], Compression.strip(name))) {
      case JSON, ARROW -> true;
      default -> extension(Compression.strip(name).toLowerCase(Locale.ROOT)).equals("parquet");
    };
  }

  /** Returns whether a file with this name describes a dataset. */
  public static boolean isMetadata(String name) {
    return of(new byte[0], name) == METADATA;
  }

  private static String extension(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot + 1);
  }
}
