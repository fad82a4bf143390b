package org.jmoe.app.notebook;

import com.google.common.base.Strings;
import java.util.ArrayList;
import java.util.List;

/** Renders a table as plain text. */
final class TextTable {
  private TextTable() {}

  static String of(Table table) {
    List<String> lines = new ArrayList<>();
    if (!table.title().isEmpty()) {
      lines.add(table.title());
    }
    StringBuilder head = new StringBuilder();
    int[] widths = new int[table.columns().size()];
    for (int c = 0; c < widths.length; c++) {
      int column = c;
      int longest =
          table.rows().stream().mapToInt(r -> text(r.get(column)).length()).max().orElse(0);
      widths[c] = Math.max(longest, table.columns().get(c).length());
      head.append(pad(table.columns().get(c), widths[c], isNumeric(table, c)));
    }
    lines.add(head.toString().stripTrailing());
    for (List<Cell> row : table.rows()) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < widths.length; c++) {
        line.append(pad(text(row.get(c)), widths[c], row.get(c).isNumber()));
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join("\n", lines);
  }

  /** Returns whether a column contains numbers. */
  static boolean isNumeric(Table table, int column) {
    return table.rows().stream().anyMatch(r -> r.get(column).isNumber());
  }

  private static String text(Cell cell) {
    return cell.struck() ? "-" + cell.text() + "-" : cell.text();
  }

  private static String pad(String text, int width, boolean right) {
    return (right ? Strings.padStart(text, width, ' ') : Strings.padEnd(text, width, ' ')) + "  ";
  }
}
