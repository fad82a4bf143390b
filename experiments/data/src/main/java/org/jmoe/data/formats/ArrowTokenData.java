package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;
import org.jmoe.io.arrow.ArrowBatches;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.IpcFile;
import org.jmoe.io.arrow.IpcMessage;
import org.jmoe.io.arrow.LoadedBatch;

/** Token rows in Arrow IPC files or streams, one after the other. */
public final class ArrowTokenData implements TokenData {
  private final Path path;
  private final ImmutableList<Path> files;
  private final String kind;
  private final String schema;
  private final Map<String, String> metadata;
  private final boolean flat;

  /** Reads the schemas; all files must have the same columns. */
  ArrowTokenData(Path path, List<Path> files, String kind) {
    this.path = path;
    this.files = ImmutableList.copyOf(files);
    this.kind = kind;
    try (FileBytes first = FileBytes.open(files.get(0))) {
      IpcFile ipc = ipc(first);
      this.schema = ArrowColumns.describe(ipc.schema());
      this.metadata = ipc.metadata();
      this.flat = ArrowColumns.isInteger(ArrowColumns.ofTokens(first.path(), ipc.schema()).main());
    }
  }

  /** Opens an IPC file or stream. */
  public static Optional<TokenData> open(FileBytes file) {
    Path path = file.path();
    if (Magic.startsWith(file, "ARROW1")) {
      return Optional.of(new ArrowTokenData(path, List.of(path), "Arrow IPC file"));
    }
    return beginsWithSchema(file)
        ? Optional.of(new ArrowTokenData(path, List.of(path), "Arrow IPC stream"))
        : Optional.empty();
  }

  // Raw tokens may begin as a stream does.
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
      return false; // not a stream, whatever else it is
    }
  }

  /** An IPC file or stream, whichever it is. */
  public static IpcFile ipc(FileBytes file) {
    return Magic.startsWith(file, "ARROW1") ? IpcFile.ofFile(file) : IpcFile.ofStream(file);
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public List<Path> files() {
    return files;
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public String schema() {
    return schema;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    long row = 0;
    boolean more = true;
    for (int i = 0; i < files.size() && more; i++) {
      try (FileBytes file = FileBytes.open(files.get(i))) {
        IpcFile ipc = ipc(file);
        checkColumns(file, ipc);
        ArrowRows rows = new ArrowRows(file.path(), visitor, row);
        ArrowColumns columns = ArrowColumns.ofTokens(file.path(), ipc.schema());
        more = read(new ArrowBatches(file, ipc, columns, allocator), rows);
        row = rows.row();
      }
    }
    if (flat && row > 0) {
      visitor.endRow(false);
    }
  }

  private static boolean read(ArrowBatches batches, ArrowRows rows) {
    for (LoadedBatch batch = batches.next(); batch != null; batch = batches.next()) {
      try (LoadedBatch open = batch) {
        if (!rows.accept(open)) {
          return false;
        }
      }
    }
    return true;
  }

  private void checkColumns(FileBytes file, IpcFile ipc) {
    String columns = ArrowColumns.describe(ipc.schema());
    if (!columns.equals(schema)) {
      throw file.broken(
          "has the columns %s where the first file of %s has %s; make the shards alike"
              .formatted(columns, path, schema));
    }
  }
}
