package org.jmoe.app.cli.analysis;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jmoe.analysis.LayerAnalysis;
import org.jmoe.analysis.LayerOverlap;
import org.jmoe.analysis.RoutingAnalysis;
import org.jmoe.analysis.RoutingStability;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.analysis.labels.TokenTexts;

/** Formats a routing analysis as text. */
final class RoutingText {
  private static final int WIDEST = 16;

  private RoutingText() {}

  static void print(
      RoutingAnalysis analysis,
      List<RoutingStability> stability,
      TokenTexts texts,
      PrintWriter out) {
    out.printf(Locale.ROOT, "%,d tokens%n", analysis.tokens());
    loads(analysis, out);
    served(analysis, out);
    specialisation(analysis, out);
    pairs(analysis, out);
    overlaps(analysis, out);
    StabilityText.print(stability, out);
    analysis.layers().forEach(layer -> ExpertsText.print(layer, texts, out));
    analysis.layers().stream()
        .filter(LayerAnalysis::soft)
        .forEach(
            layer ->
                out.printf(
                    "%n%s sends every token to every expert: shares are of weights; pairs, overlap"
                        + " and stability do not apply.%n",
                    LayerText.name(layer.layer())));
  }

  private static void loads(RoutingAnalysis analysis, PrintWriter out) {
    int experts = analysis.layers().stream().mapToInt(LayerAnalysis::experts).max().orElse(0);
    boolean each = experts <= WIDEST;
    LayerText.title(
        out,
        "load: MaxVio = max/mean - 1 per batch (mean) and overall; share per expert in %",
        "%6s %8s %7s %7s %8s %5s",
        "layer",
        "cv",
        "max/mean",
        "batch",
        "global",
        "dropped",
        "dead");
    for (int e = 0; each && e < experts; e++) {
      out.printf(" %5s", "e" + e);
    }
    out.println();
    for (LayerAnalysis layer : analysis.layers()) {
      LayerText.row(
          out,
          layer.layer(),
          "%6.2f %8.2f %7.2f %7.2f %7.1f%% %5d",
          layer.load().variation(),
          layer.load().maxOverMean(),
          layer.batchViolation(),
          layer.load().maxViolation(),
          100 * layer.load().droppedShare(),
          layer.load().deadExperts());
      for (int e = 0; each && e < layer.experts(); e++) {
        out.printf(Locale.ROOT, " %5.1f", 100 * layer.share(e));
      }
      out.println();
    }
  }

  private static void served(RoutingAnalysis analysis, PrintWriter out) {
    int most =
        analysis.layers().stream()
            .mapToInt(layer -> layer.load().expertsPerToken().length())
            .max()
            .orElse(1);
    int columns = Math.min(most, WIDEST);
    LayerText.title(
        out,
        "gate: mean entropy of the probabilities in nats (max ln E) and mean top"
            + " probability; tokens in % by number of experts",
        "%8s %6s %10s",
        "layer",
        "entropy",
        "ln E",
        "confidence");
    for (int n = 0; n < columns; n++) {
      out.printf(" %5s", n + (n == columns - 1 && most > columns ? "+" : ""));
    }
    out.println();
    for (LayerAnalysis layer : analysis.layers()) {
      LayerText.row(
          out,
          layer.layer(),
          "%8.2f %6.2f %10.2f",
          layer.gate().entropy(),
          Math.log(layer.experts()),
          layer.gate().confidence());
      for (int n = 0; n < columns; n++) {
        boolean last = n == columns - 1;
        double share =
            layer.load().servedByAtLeast(n) - (last ? 0 : layer.load().servedByAtLeast(n + 1));
        out.printf(Locale.ROOT, " %5.1f", 100 * share);
      }
      out.println();
    }
  }

  private static void specialisation(RoutingAnalysis analysis, PrintWriter out) {
    LayerText.title(
        out,
        "specialisation: mutual information (expert; label) and purity against a"
            + " permutation baseline; score is 0 at chance, 1 at most",
        " %-12s %8s %8s %8s %8s %7s%n",
        "layer",
        "label",
        "nats",
        "chance",
        "purity",
        "chance",
        "score");
    for (LayerAnalysis layer : analysis.layers()) {
      for (LabelSpecialisation by : layer.specialisations()) {
        LayerText.row(
            out,
            layer.layer(),
            " %-12s %8.4f %8.4f %8.4f %8.4f %7.4f%n",
            by.name(),
            by.measured().information(),
            by.measured().chanceInformation(),
            by.measured().purity(),
            by.measured().chancePurity(),
            by.measured().score());
      }
    }
  }

  private static void pairs(RoutingAnalysis analysis, PrintWriter out) {
    List<LayerAnalysis> several =
        analysis.layers().stream().filter(layer -> layer.experts() > 1).toList();
    if (several.isEmpty()) {
      return;
    }
    LayerText.title(
        out,
        "pairs of experts: most and least co-activated (ratio to chance), most similar"
            + " by the cosine of outputs and of weights",
        " %-16s %-16s %-16s %s%n",
        "layer",
        "co-activated",
        "not co-activated",
        "similar outputs",
        "similar weights");
    for (LayerAnalysis layer : several) {
      LayerText.row(
          out,
          layer.layer(),
          " %-16s %-16s %-16s %s%n",
          layer.hasPairs() ? best(layer, layer::pairLift, 1) : "none",
          layer.hasPairs() ? best(layer, layer::pairLift, -1) : "none",
          best(layer, layer.similarity()::ofOutputs, 1),
          best(layer, layer.similarity()::ofWeights, 1));
    }
  }

  /** A number for two experts. */
  private interface PairValue {
    double of(int a, int b);
  }

  /** The pair of the largest number, or of the smallest where the sign is -1. */
  private static String best(LayerAnalysis layer, PairValue value, int sign) {
    String best = "none";
    double most = Double.NEGATIVE_INFINITY;
    for (int a = 0; a < layer.experts(); a++) {
      for (int b = a + 1; b < layer.experts(); b++) {
        double number = value.of(a, b);
        if (sign * number > most) { // never where it is not a number
          most = sign * number;
          best = String.format(Locale.ROOT, "e%d e%d %.2f", a, b, number);
        }
      }
    }
    return best;
  }

  private static void overlaps(RoutingAnalysis analysis, PrintWriter out) {
    List<LayerOverlap> neighbours = new ArrayList<>();
    for (int i = 1; i < analysis.layers().size(); i++) {
      String before = analysis.layers().get(i - 1).layer();
      String after = analysis.layers().get(i).layer();
      analysis.overlaps().stream()
          .filter(o -> o.layer().equals(before) && o.other().equals(after))
          .forEach(neighbours::add);
    }
    if (neighbours.isEmpty()) {
      return;
    }
    LayerText.title(
        out,
        "overlap of adjacent layers: pairs of tokens that share an expert in both"
            + " layers, as a fraction of those that do in either",
        " %-14s %9s %8s%n",
        "layer",
        "and",
        "agreement",
        "chance");
    for (LayerOverlap overlap : neighbours) {
      LayerText.row(
          out,
          overlap.layer(),
          " %-14s %9.3f %8.3f%n",
          LayerText.name(overlap.other()),
          overlap.overlap().agreement(),
          overlap.overlap().chance());
    }
  }
}
