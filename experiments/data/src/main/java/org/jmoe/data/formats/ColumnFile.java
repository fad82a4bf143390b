package org.jmoe.data.formats;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.data.parquet.ParquetFile;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;
import org.jmoe.io.arrow.ArrowBatches;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.ColumnBatches;
import org.jmoe.io.arrow.IpcFile;
import org.jmoe.io.arrow.IpcMessage;

/**
 * An open columnar file: Arrow IPC or Parquet.
 *
 * @param kind name of the format
 * @param schema schema with Arrow types
 * @param metadata key-value metadata
 */
public record ColumnFile(
    String kind, Schema schema, ImmutableMap<String, String> metadata, Reader reader) {
  /** Reads selected columns. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Returns an iterator that starts at the first row.
     *
     * @param allocator allocator of the batches
     */
    ColumnBatches batches(ArrowColumns columns, BufferAllocator allocator);
  }

  /** Reads the schema of a file; returns empty if the file has another format. */
  static Optional<ColumnFile> find(FileBytes file) {
    if (Magic.startsWith(file, "PARE")) {
      throw file.malformed("is encrypted Parquet, which is not supported; write it unencrypted");
    }
    if (Magic.startsWith(file, "PAR1")) {
      ParquetFile parquet = ParquetFile.of(file);
      return Optional.of(
          new ColumnFile("Parquet file", parquet.columns(), parquet.metadata(), parquet::batches));
    }
    if (Magic.startsWith(file, "ARROW1")) {
      return Optional.of(ipc("Arrow IPC file", file, IpcFile.ofFile(file)));
    }
    return beginsWithSchema(file) ? Optional.of(stream(file)) : Optional.empty();
  }

  /**
   * Reads the schema of a file, which must be an Arrow IPC stream if it is neither Parquet nor an
   * Arrow IPC file.
   */
  public static ColumnFile of(FileBytes file) {
    return find(file).orElseGet(() -> stream(file));
  }

  private static ColumnFile stream(FileBytes file) {
    return ipc("Arrow IPC stream", file, IpcFile.ofStream(file));
  }

  private static ColumnFile ipc(String kind, FileBytes file, IpcFile ipc) {
    return new ColumnFile(
        kind,
        ipc.schema(),
        ipc.metadata(),
        (columns, allocator) -> new ArrowBatches(file, ipc, columns, allocator));
  }

  // Raw tokens may start with the same bytes as a stream.
  private static boolean beginsWithSchema(FileBytes file) {
    if (file.size() >= 4 && file.read(0, 4, "the first bytes").getInt(0) == -1) {
      return !file.path().toString().endsWith(".bin") || schemaFirst(file);
    }
    return schemaFirst(file);
  }

  private static boolean schemaFirst(FileBytes file) {
    try {
      IpcMessage first = IpcMessage.at(file, 0, file.size());
      return first != null && first.message().headerType() == MessageHeader.Schema;
    } catch (RuntimeException e) {
      return false; // not a stream
    }
  }
}
