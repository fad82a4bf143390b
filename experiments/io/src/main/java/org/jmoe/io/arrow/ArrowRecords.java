package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;
import org.jmoe.io.Malformed;
import org.jmoe.io.OffHeap;

/**
 * All rows of an Arrow IPC file of numbers and strings, such as {@code metrics.arrow}. Every length
 * is checked against the file size before memory is allocated.
 *
 * @param fields the columns
 * @param rows a Number or a String for each column; null for a missing value
 */
public record ArrowRecords(ImmutableList<Field> fields, List<Object[]> rows) {
  /**
   * Reads a file.
   *
   * @throws DataFormatException if the file is malformed, compressed, or has columns of other types
   */
  public static ArrowRecords read(Path file) {
    return read(file, List.of());
  }

  /**
   * Reads a file with the expected columns.
   *
   * @param expected columns in order; empty for any columns
   * @throws DataFormatException if the file has other columns, is malformed or is compressed
   */
  public static ArrowRecords read(Path file, List<Field> expected) {
    try (FileBytes bytes = FileBytes.open(file);
        BufferAllocator allocator = OffHeap.allocator()) {
      if (!Magic.startsWith(bytes, "ARROW1")) {
        throw bytes.malformed("is not an Arrow IPC file: it does not start with ARROW1");
      }
      IpcFile ipc = IpcFile.ofFile(bytes);
      List<Field> fields = ipc.schema().getFields();
      if (!expected.isEmpty() && !fields.equals(expected)) {
        throw bytes.malformed("has the columns %s, not %s".formatted(fields, expected));
      }
      for (Field field : fields) {
        if (field.getName() == null) { // Arrow allows it
          throw bytes.malformed("has a column without a name");
        }
        if (!isReadable(field)) {
          throw bytes.malformed(
              "has the column %s of type %s; only numbers and strings are supported"
                  .formatted(field.getName(), TypeNames.of(field)));
        }
      }
      List<Object[]> rows = new ArrayList<>();
      for (int i = 0; i < ipc.starts().length(); i++) {
        long start = ipc.starts().get(i);
        rows.addAll(
            Malformed.guard(file, "Arrow message " + i, () -> batch(bytes, allocator, ipc, start)));
      }
      return new ArrowRecords(ImmutableList.copyOf(fields), rows);
    }
  }

  private static boolean isReadable(Field field) {
    ArrowType type = field.getType();
    boolean number = type instanceof ArrowType.Int || type instanceof ArrowType.FloatingPoint;
    return field.getDictionary() == null && (number || ArrowColumns.isText(field));
  }

  private static List<Object[]> batch(
      FileBytes file, BufferAllocator allocator, IpcFile ipc, long start) {
    IpcMessage message =
        Objects.requireNonNull(IpcMessage.at(file, start, ipc.limit()), "it is empty");
    Preconditions.checkArgument(
        message.message().headerType() == MessageHeader.RecordBatch, "it is not a record batch");
    RecordBatch header =
        (RecordBatch) Objects.requireNonNull(message.message().header(new RecordBatch()));
    // A few compressed bytes could expand to any number of rows.
    Preconditions.checkArgument(header.compression() == null, "it is compressed");
    List<Field> fields = ipc.schema().getFields();
    Preconditions.checkArgument(!fields.isEmpty() || header.length() == 0, "it has no columns");
    try (VectorSchemaRoot root =
        new ColumnLoader(file, allocator, message, header).load(fields, fields)) {
      List<Object[]> rows = new ArrayList<>();
      for (int row = 0; row < root.getRowCount(); row++) {
        rows.add(values(root.getFieldVectors(), row));
      }
      return rows;
    }
  }

  private static Object[] values(List<FieldVector> columns, int row) {
    Object[] values = new Object[columns.size()];
    for (int column = 0; column < values.length; column++) {
      Object value = columns.get(column).getObject(row);
      values[column] = value == null || value instanceof Number ? value : value.toString();
    }
    return values;
  }
}
