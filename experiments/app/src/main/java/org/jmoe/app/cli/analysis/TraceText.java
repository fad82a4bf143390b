package org.jmoe.app.cli.analysis;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.analysis.trace.Trace;
import org.jmoe.analysis.trace.TracedChoice;
import org.jmoe.analysis.trace.TracedLayer;
import org.jmoe.analysis.trace.TracedToken;

/** Formats a trace as text. */
final class TraceText {
  private static final int WIDEST = 8;

  private TraceText() {}

  static void print(Trace trace, TokenTexts texts, PrintWriter out) {
    for (TracedLayer layer : trace.layers()) {
      int k = layer.tokens().stream().mapToInt(t -> t.choices().size()).max().orElse(0);
      out.printf(
          "%s: expert, weight, output share in %%%s%n",
          layer.layer().replace("model/", ""),
          k > WIDEST ? "; the " + WIDEST + " of largest weight of " + k : "");
      for (TracedToken token : layer.tokens()) {
        print(token, layer.hasShared(), texts, out);
      }
      out.println();
    }
  }

  private static void print(
      TracedToken token, boolean hasShared, TokenTexts texts, PrintWriter out) {
    String place =
        token.sequence() == 0 ? "" + token.position() : token.sequence() + ":" + token.position();
    StringBuilder line = new StringBuilder();
    for (TracedChoice choice : leading(token)) {
      line.append(
          choice.kept()
              ? String.format(
                  Locale.ROOT,
                  "  e%-3d %.3f %6.1f%%",
                  choice.expert(),
                  choice.weight(),
                  100 * choice.share())
              : String.format(
                  Locale.ROOT, "  e%-3d %.3f dropped", choice.expert(), choice.weight()));
    }
    if (hasShared) {
      line.append(String.format(Locale.ROOT, "  shared %6.1f%%", 100 * token.shared()));
    }
    if (token.self() != 0) {
      line.append(String.format(Locale.ROOT, "  itself %6.1f%%", 100 * token.self()));
    }
    out.printf(
        "%6s %-12s%s%n", place, texts.show(token.id()), line.isEmpty() ? "  no expert" : line);
  }

  private static List<TracedChoice> leading(TracedToken token) {
    return token.choices().size() <= WIDEST
        ? token.choices()
        : token.choices().stream()
            .sorted(Comparator.comparingDouble(TracedChoice::weight).reversed())
            .limit(WIDEST)
            .toList();
  }
}
