package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;

/**
 * A table read from a run's folder, such as {@code metrics.arrow}: numbers and names in memory.
 *
 * @param columns their names
 * @param rows as many values each as there are columns
 */
public record Frame(List<String> columns, List<List<Object>> rows) {
  /** Copies the columns. */
  public Frame {
    columns = ImmutableList.copyOf(columns);
  }

  /**
   * Reads an Arrow IPC file.
   *
   * @throws DataFormatException when it is none
   */
  public static Frame read(Path file) {
    try (FileChannel channel = FileChannel.open(file);
        BufferAllocator allocator = OffHeap.allocator();
        ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      List<String> columns = root.getFieldVectors().stream().map(FieldVector::getName).toList();
      List<List<Object>> rows = new ArrayList<>();
      while (reader.loadNextBatch()) {
        for (int r = 0; r < root.getRowCount(); r++) {
          int row = r;
          rows.add(
              root.getFieldVectors().stream().<Object>map(v -> value(v.getObject(row))).toList());
        }
      }
      return new Frame(columns, rows);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (RuntimeException e) { // Arrow answers malformed bytes with almost any
      throw new DataFormatException(file, "is no Arrow IPC file (" + e + ")", e);
    }
  }

  private static Object value(Object value) {
    return value instanceof Number ? value : String.valueOf(value);
  }

  /** The rows whose value in a column is the given one; whole numbers compare as numbers do. */
  public Frame where(String column, Object value) {
    int at = index(column);
    return new Frame(columns, rows.stream().filter(row -> matches(row.get(at), value)).toList());
  }

  private static boolean matches(Object one, Object two) {
    if (one instanceof Number a && two instanceof Number b) {
      return a.doubleValue() == b.doubleValue();
    }
    return one.equals(two);
  }

  /** A column of numbers. */
  public List<Double> numbers(String column) {
    int at = index(column);
    return rows.stream().map(row -> ((Number) row.get(at)).doubleValue()).toList();
  }

  /** The different values of a column, in their order. */
  public List<Object> distinct(String column) {
    int at = index(column);
    return rows.stream().map(row -> row.get(at)).distinct().toList();
  }

  /** The first rows, to be shown. */
  public Table head(String title, int count) {
    Table table = Table.of(title, columns.toArray(new String[0]));
    for (List<Object> row : rows.subList(0, Math.min(count, rows.size()))) {
      table = table.row(row.toArray());
    }
    return table;
  }

  private int index(String column) {
    int at = columns.indexOf(column);
    Preconditions.checkArgument(at >= 0, "no column '%s'; there are %s", column, columns);
    return at;
  }
}
