package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Rows of values under names, to be shown.
 *
 * @param title above it; may be empty
 * @param columns their names
 * @param rows as many cells each as there are columns
 */
public record Table(String title, List<String> columns, List<List<Cell>> rows) {
  /** Copies the lists and checks the widths. */
  public Table {
    columns = ImmutableList.copyOf(columns);
    rows = rows.stream().<List<Cell>>map(ImmutableList::copyOf).toList();
    for (List<Cell> row : rows) {
      Preconditions.checkArgument(
          row.size() == columns.size(), "%s values for the columns %s", row.size(), columns);
    }
  }

  /** An empty table. */
  public static Table of(String title, String... columns) {
    return new Table(title, List.of(columns), List.of());
  }

  /** The same with one more row, of values or {@link Cell}s. */
  public Table row(Object... values) {
    List<Cell> cells = Arrays.stream(values).map(Cell::of).toList();
    return new Table(title, columns, Stream.concat(rows.stream(), Stream.of(cells)).toList());
  }

  /** As text and HTML. */
  public Rendering render() {
    return Rendering.of(TextTable.of(this), HtmlTable.of(this));
  }
}
