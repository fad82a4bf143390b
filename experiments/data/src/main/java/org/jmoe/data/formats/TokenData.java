package org.jmoe.data.formats;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;

/** Rows of token ids in one of the known formats. Reading holds no file open between calls. */
public interface TokenData {
  /** What the user named. */
  Path path();

  /** The files that hold the rows, in reading order. */
  List<Path> files();

  /** The kind of file in words, such as {@code Arrow IPC file}. */
  String kind();

  /** The columns and their types in words. */
  String schema();

  /** Key-value metadata of the files, empty where the format has none. */
  default Map<String, String> metadata() {
    return Map.of();
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
   * Opens a file or a folder; what it is, is decided by its content.
   *
   * @throws IllegalArgumentException when there is no such file
   * @throws DataFormatException when it is of no known kind or malformed
   */
  static TokenData open(Path path) {
    return TokenFormats.open(path);
  }
}
