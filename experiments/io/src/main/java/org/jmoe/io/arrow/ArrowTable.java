package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;

/** Rows of numbers and names, written as one Arrow IPC file that any dataframe tool opens. */
public final class ArrowTable {
  /** What a column holds. */
  public enum Kind {
    /** Whole numbers, int64. */
    WHOLE,
    /** Numbers, float64. */
    REAL,
    /** Texts. */
    NAME;

    private ArrowType type() {
      return switch (this) {
        case WHOLE -> new ArrowType.Int(64, true);
        case REAL -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
        case NAME -> new ArrowType.Utf8();
      };
    }

    private boolean holds(Object value) {
      return switch (this) {
        case WHOLE -> value instanceof Long;
        case REAL -> value instanceof Double;
        case NAME -> value instanceof String;
      };
    }
  }

  private final List<Kind> kinds = new ArrayList<>();
  private final List<Field> fields = new ArrayList<>();
  private final List<Object[]> rows = new ArrayList<>();

  /** Adds a column; all columns come before the first row. */
  public ArrowTable column(String name, Kind kind) {
    kinds.add(kind);
    fields.add(new Field(name, FieldType.notNullable(kind.type()), null));
    return this;
  }

  /** Adds a row: a Long, a Double or a String for each column. */
  public void row(Object... values) {
    Preconditions.checkArgument(
        values.length == fields.size(), "%s values for %s columns", values.length, fields.size());
    for (int i = 0; i < values.length; i++) {
      Preconditions.checkArgument(
          kinds.get(i).holds(values[i]), "%s in column %s", values[i], fields.get(i).getName());
    }
    rows.add(values);
  }

  /** Number of rows. */
  public int size() {
    return rows.size();
  }

  /** Writes all rows so far in place of what the file held. */
  public void write(Path file) {
    try (AtomicFile output = AtomicFile.create(file, true)) {
      writeTo(output.channel());
      output.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Writes all rows so far; the channel is closed. */
  public void writeTo(WritableByteChannel channel) throws IOException {
    try (BufferAllocator allocator = OffHeap.allocator();
        VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
        ArrowFileWriter writer =
            new ArrowFileWriter(
                root, new DictionaryProvider.MapDictionaryProvider(), new Open(channel))) {
      for (int column = 0; column < fields.size(); column++) {
        fill(root.getVector(column), column);
      }
      root.setRowCount(rows.size());
      writer.writeBatch();
      writer.end();
    }
  }

  /** The writer closes its channel, which its owner still has to force to disk. */
  private record Open(WritableByteChannel channel) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      return channel.write(bytes);
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() {}
  }

  /**
   * Adds the rows of a file that {@link #write} wrote.
   *
   * @throws DataFormatException when it is none, or of other columns
   */
  public void read(Path file) {
    for (Object[] values : ArrowRecords.read(file, fields).rows()) {
      for (Object value : values) {
        if (value == null) {
          throw new DataFormatException(file, "has a null in row " + rows.size());
        }
      }
      row(values);
    }
  }

  /** The rows, in order. */
  public List<Object[]> rows() {
    return rows;
  }

  private void fill(FieldVector vector, int column) {
    vector.setInitialCapacity(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      Object value = rows.get(row)[column];
      if (vector instanceof BigIntVector whole) {
        whole.setSafe(row, (Long) value);
      } else if (vector instanceof Float8Vector real) {
        real.setSafe(row, (Double) value);
      } else {
        ((VarCharVector) vector).setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
