package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.arrow.ArrowRecords;

/**
 * In-memory table of a run, such as {@code metrics.arrow}.
 *
 * @param columns names of the columns
 * @param rows rows with one value per column
 */
public record Frame(List<String> columns, List<List<Object>> rows) {
  /** Copies the columns. */
  public Frame {
    columns = ImmutableList.copyOf(columns);
  }

  /**
   * Reads an Arrow IPC file.
   *
   * @throws DataFormatException if the file is not an Arrow IPC file
   */
  public static Frame read(Path file) {
    ArrowRecords records = ArrowRecords.read(file);
    return new Frame(
        records.fields().stream().map(Field::getName).toList(),
        records.rows().stream().map(Frame::present).toList());
  }

  private static List<Object> present(Object[] row) {
    return Arrays.stream(row).<Object>map(v -> v == null ? "null" : v).toList();
  }

  /** Returns the rows with the given value in a column; numbers are compared by value. */
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

  /** Returns a numeric column. */
  public List<Double> numbers(String column) {
    int at = index(column);
    return rows.stream().map(row -> ((Number) row.get(at)).doubleValue()).toList();
  }

  /** Returns the distinct values of a column, in order of first occurrence. */
  public List<Object> distinct(String column) {
    int at = index(column);
    return rows.stream().map(row -> row.get(at)).distinct().toList();
  }

  /** Returns the first {@code count} rows as a table. */
  public Table head(String title, int count) {
    Table table = Table.of(title, columns.toArray(new String[0]));
    for (List<Object> row : rows.subList(0, Math.min(count, rows.size()))) {
      table = table.row(row.toArray());
    }
    return table;
  }

  private int index(String column) {
    int at = columns.indexOf(column);
    Preconditions.checkArgument(at >= 0, "no column '%s'; use one of %s", column, columns);
    return at;
  }
}
