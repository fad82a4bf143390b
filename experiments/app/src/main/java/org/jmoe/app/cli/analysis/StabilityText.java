package org.jmoe.app.cli.analysis;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jmoe.analysis.RoutingStability;

/** Stability of choices between a run's checkpoints. */
final class StabilityText {
  private StabilityText() {}

  /**
   * Compares each checkpoint with the next, and the first with the last; the file has all pairs.
   */
  static void print(List<RoutingStability> stability, PrintWriter out) {
    if (stability.isEmpty()) {
      return;
    }
    List<Long> steps =
        Stream.concat(
                stability.stream().map(RoutingStability::from),
                stability.stream().map(RoutingStability::to))
            .distinct()
            .sorted()
            .toList();
    long first = steps.get(0);
    long last = steps.get(steps.size() - 1);
    LayerText.title(
        out,
        "stability over training: choices kept by a later checkpoint in % (expected by"
            + " chance)",
        "",
        "layer");
    List<RoutingStability> shown =
        stability.stream()
            .filter(
                s ->
                    steps.indexOf(s.to()) == steps.indexOf(s.from()) + 1
                        || (s.from() == first && s.to() == last))
            .toList();
    String layer = shown.get(0).layer();
    shown.stream()
        .filter(s -> s.layer().equals(layer))
        .forEach(s -> out.printf(" %13s", s.from() + "-" + s.to()));
    out.println();
    shown.stream()
        .collect(
            Collectors.groupingBy(RoutingStability::layer, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (name, rows) -> {
              LayerText.row(out, name, "");
              rows.forEach(
                  r ->
                      out.printf(
                          Locale.ROOT, " %5.1f (%5.1f)", 100 * r.keptChoices(), 100 * r.chance()));
              out.println();
            });
  }
}
