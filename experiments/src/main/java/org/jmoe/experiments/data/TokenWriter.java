package org.jmoe.experiments.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes rows to an Arrow IPC file with the columns {@code ids: list<int32>}, {@code domain:
 * string} and {@code split: string}. The file appears when {@link #finish} returns; closing the
 * writer before leaves nothing behind.
 */
public final class TokenWriter implements AutoCloseable {
  private static final int BATCH_ROWS = 4096;
  private static final int BATCH_TOKENS = 1 << 20;

  private final AtomicFile file;
  private final BufferAllocator allocator;
  private final VectorSchemaRoot root;
  private final Map<String, String> footer;
  private final ArrowFileWriter writer;
  private final ListVector ids;
  private final VarCharVector domains;
  private final VarCharVector splits;
  private int rows;
  private int tokens;

  /**
   * Begins a file.
   *
   * @param replace whether an existing file may be replaced
   * @param metadata see {@link DataKeys}
   */
  public TokenWriter(Path path, boolean replace, Map<String, String> metadata) {
    this.file = AtomicFile.create(path, replace);
    boolean done = false;
    try {
      this.allocator = OffHeap.allocator();
      done = true;
    } finally {
      if (!done) {
        file.close();
      }
    }
    Field token = new Field("item", FieldType.notNullable(new ArrowType.Int(32, true)), null);
    Schema schema =
        new Schema(
            List.of(
                new Field("ids", FieldType.notNullable(new ArrowType.List()), List.of(token)),
                new Field("domain", FieldType.nullable(new ArrowType.Utf8()), null),
                new Field("split", FieldType.notNullable(new ArrowType.Utf8()), null)),
            metadata);
    this.root = VectorSchemaRoot.create(schema, allocator);
    this.ids = (ListVector) root.getVector("ids");
    this.domains = (VarCharVector) root.getVector("domain");
    this.splits = (VarCharVector) root.getVector("split");
    this.footer = new HashMap<>(); // read by the writer when it ends
    this.writer =
        new ArrowFileWriter(
            root, new DictionaryProvider.MapDictionaryProvider(), file.channel(), footer);
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
    try {
      root.setRowCount(rows);
      writer.writeBatch();
      root.clear();
      rows = 0;
      tokens = 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokens", e);
    }
  }

  /** Writes what is left, with metadata that is known only now, and makes the file appear. */
  public void finish(Map<String, String> late) {
    if (rows > 0) {
      flush();
    }
    try {
      writer.start(); // has no effect after the first batch
      footer.putAll(late);
      writer.end();
      file.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokens", e);
    }
  }

  @Override
  public void close() {
    root.close();
    allocator.close();
    file.close();
  }
}
