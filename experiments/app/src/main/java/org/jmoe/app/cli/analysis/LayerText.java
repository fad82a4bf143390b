package org.jmoe.app.cli.analysis;

import java.io.PrintWriter;
import java.util.Locale;

/** Tables with a row per layer. */
final class LayerText {
  private static final int NAME = 14;

  private LayerText() {}

  static String name(String layer) {
    return layer.replace("model/", "");
  }

  static void title(PrintWriter out, String title, String columns, Object... names) {
    out.printf("%n%s%n", title);
    out.printf(Locale.ROOT, "%-" + NAME + "s" + columns, names);
  }

  static void row(PrintWriter out, String layer, String columns, Object... values) {
    out.printf(Locale.ROOT, "%-" + NAME + "s", name(layer));
    out.printf(Locale.ROOT, columns, values);
  }
}
