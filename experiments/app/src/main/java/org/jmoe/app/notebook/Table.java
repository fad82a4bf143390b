package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Table to display.
 *
 * @param title title, may be empty
 * @param columns names of the columns
 * @param rows rows with one cell per column
 */
public record Table(String title, List<String> columns, List<List<Cell>> rows) {
  /** Copies the lists and checks the number of cells per row. */
  public Table {
    columns = ImmutableList.copyOf(columns);
    rows = rows.stream().<List<Cell>>map(ImmutableList::copyOf).toList();
    for (List<Cell> row : rows) {
      Preconditions.checkArgument(
          row.size() == columns.size(),
          "a row has %s values; give one for each of the columns %s",
          row.size(),
          columns);
    }
  }

  /** Returns an empty table. */
  public static Table of(String title, String... columns) {
    return new Table(title, List.of(columns), List.of());
  }

  /** Returns a copy with one more row of values or {@link Cell}s. */
  public Table row(Object... values) {
    List<Cell> cells = Arrays.stream(values).map(Cell::of).toList();
    return new Table(title, columns, Stream.concat(rows.stream(), Stream.of(cells)).toList());
  }

  /** Renders the table as text and HTML. */
  public Rendering render() {
    return Rendering.of(TextTable.of(this), HtmlTable.of(this));
  }
}
