package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Digests;
import org.jmoe.io.OffHeap;
import org.jspecify.annotations.Nullable;

/** Rows of token ids in a supported format. No file is kept open between calls. */
public interface TokenData {
  /**
   * Read options for information that the files do not contain.
   *
   * @param dtype token type of files without header; if empty, 16 bits, or 32 bits if the content
   *     looks like it
   * @param splits names of the splits of a folder to read; if empty, training splits are read, and
   *     validation splits as held-out data
   * @param separator id of the token that ends documents, for data that do not record it
   */
  record Options(Optional<IntCode> dtype, ImmutableList<String> splits, OptionalInt separator) {
    /** Default options. */
    public static final Options NONE =
        new Options(Optional.empty(), ImmutableList.of(), OptionalInt.empty());

    /**
     * Returns options by name.
     *
     * @param dtype token type, such as {@code uint32}; an empty string to detect it
     */
    public static Options of(String dtype, List<String> splits) {
      Optional<IntCode> code = IntCode.named(dtype);
      if (!dtype.isEmpty() && code.isEmpty()) {
        throw new IllegalArgumentException(
            "The type %s is unknown; use one of uint8, int8, uint16, int16, uint32, int32, int64."
                .formatted(dtype));
      }
      return new Options(code, ImmutableList.copyOf(splits), OptionalInt.empty());
    }

    /** Returns a copy with a separator; null for none. */
    public Options withSeparator(@Nullable Integer id) {
      if (id != null && id < 0) {
        throw new IllegalArgumentException(
            "The separator is %d; specify a token id of at least 0.".formatted(id));
      }
      return new Options(dtype, splits, id == null ? OptionalInt.empty() : OptionalInt.of(id));
    }
  }

  /** Returns the file, folder or other source that the user specified, for messages. */
  String place();

  /**
   * Returns the files that contain the rows, in reading order; empty if the data is not in files.
   */
  List<Path> files();

  /**
   * Returns the SHA-256 of the data in hexadecimal; must be overridden if the data is not in files.
   */
  default String sha256() {
    return Digests.sha256(files());
  }

  /** Returns the name of the format, such as {@code Arrow IPC file}. */
  String kind();

  /** Returns a description of the columns and their types. */
  String schema();

  /** Returns the key-value metadata of the files; empty if the format has none. */
  default Map<String, String> metadata() {
    return Map.of();
  }

  /** Returns notes about how the files are read, one sentence each. */
  default List<String> notes() {
    return List.of();
  }

  /**
   * Passes every row to the visitor.
   *
   * @param allocator off-heap memory for read buffers; all of them are freed before the call
   *     returns or throws
   * @throws DataFormatException if the file is malformed, or a token is null, negative or above
   *     2^31 - 1
   */
  void read(BufferAllocator allocator, TokenVisitor visitor);

  /** Passes every row to the visitor, with a temporary allocator. */
  default void read(TokenVisitor visitor) {
    try (BufferAllocator allocator = OffHeap.allocator()) {
      read(allocator, visitor);
    }
  }

  /**
   * Opens a file or folder in a built-in format; {@link TokenFormats} also supports formats of
   * extensions.
   *
   * @throws IllegalArgumentException if the path does not exist
   * @throws DataFormatException if the format is unknown or the data malformed
   */
  static TokenData open(Path path) {
    return open(path, Options.NONE);
  }

  /** Opens a file or folder in a built-in format, with read options. */
  static TokenData open(Path path, Options options) {
    return TokenFormats.standard().open(path, options);
  }
}
