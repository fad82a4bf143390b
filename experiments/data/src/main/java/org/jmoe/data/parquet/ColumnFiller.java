package org.jmoe.data.parquet;

import java.util.Arrays;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jmoe.io.FileBytes;
import org.jspecify.annotations.Nullable;

/** Copies the values of a column chunk into Arrow vectors, row by row. */
final class ColumnFiller {
  private static final int MAX_TEXT = 1 << 28;

  private final ColumnReader reader;
  private final PrimitiveTypeName type;
  private final boolean unsigned;
  private final int present; // definition level of a value
  private final int element; // definition level of an element, null or not
  private final long values;
  private long consumed;

  /**
   * Opens a chunk.
   *
   * @param column only leaf of a top-level column
   * @param writer program that wrote the file; null if unknown
   */
  ColumnFiller(
      FileBytes file,
      MessageType message,
      ColumnDescriptor column,
      ColumnMetaData chunk,
      @Nullable ParsedVersion writer) {
    this.type = column.getPrimitiveType().getPrimitiveTypeName();
    this.unsigned =
        column.getPrimitiveType().getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation i
            && !i.isSigned();
    this.present = column.getMaxDefinitionLevel();
    this.element = column.getMaxRepetitionLevel() == 0 ? 0 : elementLevel(message, column);
    this.values = chunk.getNum_values();
    this.reader =
        new ColumnReaderImpl(
            column,
            new ChunkPages(file, chunk, column.getPrimitiveType()),
            new PrimitiveConverter() {},
            writer);
  }

  private static int elementLevel(MessageType message, ColumnDescriptor column) {
    String[] path = column.getPath();
    for (int depth = 1; depth <= path.length; depth++) {
      String[] part = Arrays.copyOf(path, depth);
      if (message.getMaxRepetitionLevel(part) == 1) {
        return message.getMaxDefinitionLevel(part);
      }
    }
    throw new IllegalArgumentException("the list " + path[0] + " has no repeated field");
  }

  /** Appends the next row to a vector and returns its size. */
  int fill(FieldVector vector, int row) {
    if (consumed == values) {
      throw new IllegalArgumentException(
          "column %s has fewer rows than its row group".formatted(vector.getName()));
    }
    return vector instanceof ListVector lists ? list(lists, row) : single(vector, row);
  }

  /** Returns whether all values were consumed. */
  boolean isDone() {
    return consumed == values;
  }

  private int single(FieldVector vector, int row) {
    int size = 1;
    if (reader.getCurrentDefinitionLevel() < present) {
      vector.setNull(row);
    } else {
      size = value(vector, row);
    }
    consume();
    return size;
  }

  private int list(ListVector lists, int row) {
    if (reader.getCurrentDefinitionLevel() < element - 1) {
      lists.setNull(row);
      consume();
      return 1;
    }
    int start = lists.startNewValue(row);
    int length = 0;
    do {
      if (reader.getCurrentDefinitionLevel() >= element) {
        single(lists.getDataVector(), start + length);
        length++;
      } else {
        consume();
      }
    } while (consumed < values && reader.getCurrentRepetitionLevel() > 0);
    lists.endValue(row, length);
    return length + 1;
  }

  private int value(FieldVector vector, int index) {
    if (vector instanceof BigIntVector numbers) {
      numbers.setSafe(index, number());
      return 1;
    }
    Binary text = reader.getBinary();
    if (text.length() < 0 || text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          "row %d of column %s declares %d bytes"
              .formatted(index, vector.getName(), text.length()));
    }
    ((VarCharVector) vector).setSafe(index, text.getBytesUnsafe());
    return text.length();
  }

  private long number() {
    if (type == PrimitiveTypeName.INT64) {
      return reader.getLong();
    }
    return unsigned ? Integer.toUnsignedLong(reader.getInteger()) : reader.getInteger();
  }

  private void consume() {
    reader.consume();
    consumed++;
  }
}
