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

/**
 * A table of numbers and strings, written as an Arrow IPC file that dataframe libraries can open.
 */
public final class ArrowTable {
  /** Type of a column. */
  public enum Kind {
    /** 64-bit integers. */
    INT64,
    /** 64-bit floating-point numbers. */
    FLOAT64,
    /** Strings. */
    UTF8;

    private ArrowType type() {
      return switch (this) {
        case INT64 -> new ArrowType.Int(64, true);
        case FLOAT64 -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
        case UTF8 -> new ArrowType.Utf8();
      };
    }

    private boolean accepts(Object value) {
      return switch (this) {
        case INT64 -> value instanceof Long;
        case FLOAT64 -> value instanceof Double;
        case UTF8 -> value instanceof String;
      };
    }
  }

  private final List<Kind> kinds = new ArrayList<>();
  private final List<Field> fields = new ArrayList<>();
  private final List<Object[]> rows = new ArrayList<>();

  /** Adds a column; all columns must be added before the first row. */
  public ArrowTable column(String name, Kind kind) {
    kinds.add(kind);
    fields.add(new Field(name, FieldType.notNullable(kind.type()), null));
    return this;
  }

  /** Adds a row: a Long, a Double or a String for each column. */
  public void row(Object... values) {
    Preconditions.checkArgument(
        values.length == fields.size(),
        "a row of %s values does not fit %s columns",
        values.length,
        fields.size());
    for (int i = 0; i < values.length; i++) {
      Preconditions.checkArgument(
          kinds.get(i).accepts(values[i]),
          "%s does not have the type of column %s",
          values[i],
          fields.get(i).getName());
    }
    rows.add(values);
  }

  /** Returns the number of rows. */
  public int size() {
    return rows.size();
  }

  /** Writes all rows to a file, which is replaced. */
  public void write(Path file) {
    try (AtomicFile output = AtomicFile.create(file, true)) {
      writeTo(output.channel());
      output.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Writes all rows to a channel, which stays open. */
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

  /**
   * Ignores {@code close}: the writer closes its channel, but the owner still has to force it to
   * disk.
   */
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
   * Adds the rows of a file written by {@link #write}.
   *
   * @throws DataFormatException if the file is malformed or has other columns
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

  /** Returns the rows in order. */
  public List<Object[]> rows() {
    return rows;
  }

  private void fill(FieldVector vector, int column) {
    vector.setInitialCapacity(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      Object value = rows.get(row)[column];
      if (vector instanceof BigIntVector integers) {
        integers.setSafe(row, (Long) value);
      } else if (vector instanceof Float8Vector doubles) {
        doubles.setSafe(row, (Double) value);
      } else {
        ((VarCharVector) vector).setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
