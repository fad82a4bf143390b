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

/** Rows of token ids in one of the known formats. Reading holds no file open between calls. */
public interface TokenData {
  /**
   * What the files do not say themselves.
   *
   * @param dtype type of the tokens in files without a header; without it 16 bits, unless the file
   *     looks as if it had 32
   * @param splits names of the splits of a folder to read; with none, training splits are read, and
   *     those for validation as held-out data
   * @param separator id of the token that ends documents, in data that does not state it
   */
  record Options(Optional<IntCode> dtype, ImmutableList<String> splits, OptionalInt separator) {
    /** Nothing is known beforehand. */
    public static final Options NONE =
        new Options(Optional.empty(), ImmutableList.of(), OptionalInt.empty());

    /**
     * Options by names.
     *
     * @param dtype such as {@code uint32}; empty when it is to be guessed
     */
    public static Options of(String dtype, List<String> splits) {
      Optional<IntCode> code = IntCode.named(dtype);
      if (!dtype.isEmpty() && code.isEmpty()) {
        throw new IllegalArgumentException(
            "The type %s is not known; name one of uint8, int8, uint16, int16, uint32, int32, int64."
                .formatted(dtype));
      }
      return new Options(code, ImmutableList.copyOf(splits), OptionalInt.empty());
    }

    /** Returns a copy with a separator; null for none. */
    public Options withSeparator(@Nullable Integer id) {
      if (id != null && id < 0) {
        throw new IllegalArgumentException(
            "The separator is %d; give the id of a token.".formatted(id));
      }
      return new Options(dtype, splits, id == null ? OptionalInt.empty() : OptionalInt.of(id));
    }
  }

  /** The file, folder or other source that the user named, for messages. */
  String place();

  /** The files that hold the rows, in reading order; empty if the data is not in files. */
  List<Path> files();

  /** SHA-256 of the data in hexadecimal; data that is not in files must override it. */
  default String sha256() {
    return Digests.sha256(files());
  }

  /** The kind of file in words, such as {@code Arrow IPC file}. */
  String kind();

  /** The columns and their types in words. */
  String schema();

  /** Key-value metadata of the files, empty where the format has none. */
  default Map<String, String> metadata() {
    return Map.of();
  }

  /** What should be known of how the files are read, a sentence each. */
  default List<String> notes() {
    return List.of();
  }

  /**
   * Hands every row to the visitor.
   *
   * @param allocator off-heap memory for the buffers being read; as much is allocated after the
   *     call as before it, however the call ends
   * @throws DataFormatException when the file is malformed, or a token is null, negative or above
   *     2^31 - 1
   */
  void read(BufferAllocator allocator, TokenVisitor visitor);

  /** As {@link #read(BufferAllocator, TokenVisitor)}, with memory of its own. */
  default void read(TokenVisitor visitor) {
    try (BufferAllocator allocator = OffHeap.allocator()) {
      read(allocator, visitor);
    }
  }

  /**
   * Opens a file or a folder of one of jmoe's formats; {@link TokenFormats} opens those of
   * extensions too.
   *
   * @throws IllegalArgumentException when there is no such file
   * @throws DataFormatException when it is of no known kind or malformed
   */
  static TokenData open(Path path) {
    return open(path, Options.NONE);
  }

  /** As above, with what the files do not say themselves. */
  static TokenData open(Path path, Options options) {
    return TokenFormats.standard().open(path, options);
  }
}
