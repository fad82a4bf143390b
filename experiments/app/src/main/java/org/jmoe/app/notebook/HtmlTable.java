package org.jmoe.app.notebook;

import com.google.common.html.HtmlEscapers;
import java.util.List;
import java.util.Locale;

/**
 * Renders a table as HTML. Text inherits the page's color and shades are translucent, so tables are
 * readable in light and dark themes.
 */
final class HtmlTable {
  private static final String RULE = "rgba(127,127,127,.45)";
  private static final double MAX_ALPHA = 0.55; // keeps text readable in dark themes

  private HtmlTable() {}

  static String of(Table table) {
    StringBuilder html =
        new StringBuilder(
            "<table style=\"border-collapse:collapse;margin:.4em 0;color:inherit;"
                + "font-variant-numeric:tabular-nums\">");
    if (!table.title().isEmpty()) {
      html.append("<caption style=\"caption-side:top;text-align:left;color:inherit;")
          .append("font-weight:600;padding:.2em 0;white-space:nowrap\">")
          .append(escape(table.title()))
          .append("</caption>");
    }
    html.append("<thead><tr>");
    for (int c = 0; c < table.columns().size(); c++) {
      html.append("<th style=\"")
          .append(style(TextTable.isNumeric(table, c)))
          .append("border-bottom:1px solid " + RULE + "\">")
          .append(escape(table.columns().get(c)))
          .append("</th>");
    }
    html.append("</tr></thead><tbody>");
    for (List<Cell> row : table.rows()) {
      html.append("<tr style=\"background:none\">");
      row.forEach(cell -> append(html, cell));
      html.append("</tr>");
    }
    return html.append("</tbody></table>").toString();
  }

  private static void append(StringBuilder html, Cell cell) {
    html.append("<td style=\"").append(style(cell.isNumber()));
    if (cell.shade() > 0) {
      html.append(
          String.format(
              Locale.ROOT, "background:rgba(33,145,140,%.3f);", cell.shade() * MAX_ALPHA));
    }
    html.append("\">");
    html.append(cell.struck() ? "<s>" + escape(cell.text()) + "</s>" : escape(cell.text()));
    html.append("</td>");
  }

  private static String style(boolean number) {
    return "padding:.15em .6em;color:inherit;border:0;text-align:" + (number ? "right;" : "left;");
  }

  private static String escape(String text) {
    return HtmlEscapers.htmlEscaper().escape(text);
  }
}
