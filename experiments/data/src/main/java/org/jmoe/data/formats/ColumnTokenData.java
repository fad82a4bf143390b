package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.FileBytes;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.ColumnBatches;
import org.jmoe.io.arrow.LoadedBatch;

/** Token rows in one or more Arrow IPC or Parquet files. */
final class ColumnTokenData implements TokenData {
  private final Path path;
  private final ImmutableList<Path> files;
  private final String kind;
  private final String schema;
  private final Map<String, String> metadata;
  private final boolean flat;

  /** Reads the schema; all files must have the same columns. */
  ColumnTokenData(Path path, List<Path> files, String kind) {
    this.path = path;
    this.files = ImmutableList.copyOf(files);
    this.kind = kind;
    try (FileBytes first = FileBytes.open(files.get(0))) {
      ColumnFile columns = ColumnFile.of(first);
      this.schema = ArrowColumns.describe(columns.schema());
      this.metadata = columns.metadata();
      this.flat =
          ArrowColumns.isInteger(ArrowColumns.ofTokens(first.path(), columns.schema()).main());
    }
  }

  /** Opens an Arrow IPC file or stream, or a Parquet file. */
  static Optional<TokenData> open(FileBytes file) {
    Path path = file.path();
    return ColumnFile.find(file)
        .map(columns -> new ColumnTokenData(path, List.of(path), columns.kind()));
  }

  @Override
  public String place() {
    return path.toString();
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
        ColumnFile open = ColumnFile.of(file);
        checkColumns(file, open);
        ArrowRows rows = new ArrowRows(file.path(), visitor, row);
        ArrowColumns columns = ArrowColumns.ofTokens(file.path(), open.schema());
        more = read(open.reader().batches(columns, allocator), rows);
        row = rows.row();
      }
    }
    if (flat && row > 0) {
      visitor.endRow(false);
    }
  }

  private static boolean read(ColumnBatches batches, ArrowRows rows) {
    for (LoadedBatch batch = batches.next(); batch != null; batch = batches.next()) {
      try (LoadedBatch open = batch) {
        if (!rows.accept(open)) {
          return false;
        }
      }
    }
    return true;
  }

  private void checkColumns(FileBytes file, ColumnFile open) {
    String columns = ArrowColumns.describe(open.schema());
    if (!columns.equals(schema)) {
      throw file.malformed(
          "has the columns %s, but the first file of %s has %s; use the same columns in all shards"
              .formatted(columns, path, schema));
    }
  }
}
