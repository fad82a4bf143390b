package org.jmoe.data.formats;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.arrow.ArrowOutput;

/**
 * Writes rows to an Arrow IPC file with the columns {@code ids: list<int32>}, {@code domain:
 * string} and {@code split: string}. The file is completed by {@link #finish}; closing the writer
 * before that discards it.
 */
public final class TokenWriter implements AutoCloseable {
  private static final int BATCH_ROWS = 4096;
  private static final int BATCH_TOKENS = 1 << 20;

  private final ArrowOutput output;
  private final ListVector ids;
  private final VarCharVector domains;
  private final VarCharVector splits;
  private int rows;
  private int tokens;

  /**
   * Starts a file.
   *
   * @param replace whether to replace an existing file
   * @param metadata metadata; see {@link DataKeys}
   * @throws IllegalArgumentException if the file exists and must not be replaced, or its folder
   *     does not exist
   */
  public TokenWriter(Path path, boolean replace, Map<String, String> metadata) {
    Field token = new Field("item", FieldType.notNullable(new ArrowType.Int(32, true)), null);
    Schema schema =
        new Schema(
            List.of(
                new Field("ids", FieldType.notNullable(new ArrowType.List()), List.of(token)),
                new Field("domain", FieldType.notNullable(new ArrowType.Utf8()), null),
                new Field("split", FieldType.notNullable(new ArrowType.Utf8()), null)),
            metadata);
    this.output = ArrowOutput.create(path, replace, schema, List.of());
    this.ids = output.column("ids", ListVector.class);
    this.domains = output.column("domain", VarCharVector.class);
    this.splits = output.column("split", VarCharVector.class);
  }

  /** Adds a row. */
  public void add(int[] row, String domain, boolean heldOut) {
    IntVector values = (IntVector) ids.getDataVector();
    int start = ids.startNewValue(rows);
    for (int i = 0; i < row.length; i++) {
      values.setSafe(start + i, row[i]);
    }
    ids.endValue(rows, row.length);
    domains.setSafe(rows, domain.getBytes(StandardCharsets.UTF_8));
    splits.setSafe(rows, (heldOut ? ArrowRows.HELD_OUT : "train").getBytes(StandardCharsets.UTF_8));
    rows++;
    tokens += row.length;
    if (rows == BATCH_ROWS || tokens >= BATCH_TOKENS) {
      flush();
    }
  }

  private void flush() {
    output.flush(rows);
    rows = 0;
    tokens = 0;
  }

  /** Writes the remaining rows and the final metadata, and completes the file. */
  public void finish(Map<String, String> late) {
    if (rows > 0) {
      flush();
    }
    output.finish(late);
  }

  @Override
  public void close() {
    output.close();
  }
}
