package org.jmoe.app.cli.option;

import java.io.PrintWriter;
import org.apache.commons.text.WordUtils;

/** Lists of names with a text each, wrapped to 80 columns. */
public final class NamedLines {
  private static final int COLUMNS = 80;

  private NamedLines() {}

  /** Prints a name, and its text in a column that begins at {@code indent}. */
  public static void print(PrintWriter out, String name, int indent, String text) {
    String wrapped = WordUtils.wrap(text, COLUMNS - indent, "\n", false);
    String first = String.format("%-" + (indent - 1) + "s ", name);
    for (String line : wrapped.split("\n", -1)) {
      out.println(first + line);
      first = " ".repeat(indent);
    }
  }
}
