package org.jmoe.app.cli.analysis;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jmoe.analysis.LayerAnalysis;
import org.jmoe.analysis.TokenContext;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.analysis.labels.TokenTexts;

/** Labels, typical tokens and contexts of each expert in a layer. */
final class ExpertsText {
  private ExpertsText() {}

  static void print(LayerAnalysis layer, TokenTexts texts, PrintWriter out) {
    out.printf(
        "%n%s: overrepresented labels, typical tokens (PMI in nats) and contexts of"
            + " largest weight per expert%n",
        LayerText.name(layer.layer()));
    for (int e = 0; e < layer.experts(); e++) {
      int expert = e;
      String preferred =
          layer.specialisations().stream()
              .map(by -> preferred(by, expert))
              .filter(text -> !text.isEmpty())
              .collect(Collectors.joining(", "));
      String typical =
          layer.typical().get(e).stream()
              .map(t -> String.format(Locale.ROOT, "%s %.1f", texts.show(t.id()), t.information()))
              .collect(Collectors.joining(" "));
      out.printf("  %-4s %s%n", "e" + e, preferred);
      out.printf("       %s%n", typical.isEmpty() ? "no token is frequent enough" : typical);
      layer.contexts().get(e).stream()
          .limit(1)
          .forEach(c -> out.printf("       %s%n", context(c, texts)));
    }
  }

  /** The most overrepresented label of the expert, ignoring rare labels. */
  private static String preferred(LabelSpecialisation by, int expert) {
    long own = by.measured().counts().get(expert).stream().sum();
    return IntStream.range(0, by.labels().size())
        .filter(l -> by.measured().counts().get(expert).get(l) * 100 >= own && own > 0)
        .boxed()
        .max(Comparator.comparingDouble(l -> by.lift(expert, l)))
        .map(
            l ->
                String.format(
                    Locale.ROOT, "%s %s %.1fx", by.name(), by.labels().get(l), by.lift(expert, l)))
        .orElse("");
  }

  private static String context(TokenContext context, TokenTexts texts) {
    return String.format(
        Locale.ROOT,
        "%.2f  %s [%s] %s",
        context.weight(),
        texts.show(context.before().toArray()),
        texts.show(new int[] {context.token()}),
        texts.show(context.after().toArray()));
  }
}
