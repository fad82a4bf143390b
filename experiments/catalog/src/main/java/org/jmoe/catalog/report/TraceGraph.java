package org.jmoe.catalog.report;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.analysis.trace.Trace;
import org.jmoe.analysis.trace.TracedChoice;
import org.jmoe.analysis.trace.TracedLayer;
import org.jmoe.analysis.trace.TracedToken;

/**
 * Graph of a trace: tokens pass from left to right through the experts chosen layer by layer;
 * attention and residual connections are left out. An arrow into an expert is labelled with the
 * router weight, dashed if the choice was dropped; an arrow out of it, with its share of the
 * layer's output.
 */
public final class TraceGraph {
  private static final ImmutableList<String> COLOURS =
      ImmutableList.of(
          "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#8C564B");
  private static final double THIN = 0.6;
  private static final double THICK = 4;

  private final Trace trace;
  private final TokenTexts texts;
  private final int most;

  /** Draws at most {@code most} tokens of the first row. */
  public TraceGraph(Trace trace, TokenTexts texts, int most) {
    this.trace = trace;
    this.texts = texts;
    this.most = most;
  }

  private List<TracedToken> tokens(TracedLayer layer) {
    return layer.tokens().stream().filter(t -> t.sequence() == 0 && t.position() < most).toList();
  }

  /** Returns the graph in Graphviz DOT. */
  public String dot() {
    StringBuilder dot = new StringBuilder();
    dot.append("digraph trace {\n")
        .append("  rankdir=LR; nodesep=0.15; ranksep=1.1;\n")
        .append("  node [fontname=\"Helvetica\", fontsize=11]; edge [fontname=\"Helvetica\",")
        .append(" fontsize=9, arrowsize=0.6];\n");
    for (int layer = 0; layer <= trace.layers().size(); layer++) {
      dot.append("  { rank=same;\n");
      for (TracedToken token : tokens(trace.layers().get(0))) {
        dot.append(
            "    %s [shape=plaintext, fontcolor=\"%s\", label=\"%s\"];\n"
                .formatted(node(layer, token), colour(token), escapedForDot(label(token))));
      }
      dot.append(readingOrder(layer)).append("  }\n");
    }
    for (int layer = 0; layer < trace.layers().size(); layer++) {
      TracedLayer traced = trace.layers().get(layer);
      dot.append("  subgraph cluster_%d {\n".formatted(layer))
          .append("    label=\"%s\"; color=\"#CCCCCC\";\n".formatted(name(traced)));
      for (String expert : experts(traced)) {
        dot.append(
            "    l%d_%s [shape=box, style=rounded, label=\"%s\"];\n"
                .formatted(layer, expert, expert));
      }
      dot.append("  }\n");
    }
    for (Arrow arrow : arrows()) {
      dot.append(
          "  %s -> %s [color=\"%s\", fontcolor=\"%s\", label=\"%s\", penwidth=%s%s];\n"
              .formatted(
                  arrow.from(),
                  arrow.to(),
                  arrow.colour(),
                  arrow.colour(),
                  arrow.label(),
                  width(arrow.strength()),
                  arrow.dropped() ? ", style=dashed" : ""));
    }
    return dot.append("}\n").toString();
  }

  /** Invisible edges that keep the tokens of a column from top to bottom as they are read. */
  private String readingOrder(int layer) {
    return tokens(trace.layers().get(0)).stream()
        .map(token -> node(layer, token))
        .collect(Collectors.joining(" -> ", "    ", " [style=invis];\n"));
  }

  /** Returns the graph in Mermaid, which Markdown viewers render. */
  public String mermaid() {
    StringBuilder text = new StringBuilder("flowchart LR\n");
    for (int layer = 0; layer <= trace.layers().size(); layer++) {
      for (TracedToken token : tokens(trace.layers().get(0))) {
        text.append("  %s([\"%s\"])\n".formatted(node(layer, token), entities(label(token))));
      }
    }
    for (int layer = 0; layer < trace.layers().size(); layer++) {
      TracedLayer traced = trace.layers().get(layer);
      text.append("  subgraph s%d [\"%s\"]\n".formatted(layer, name(traced)));
      for (String expert : experts(traced)) {
        text.append("    l%d_%s[\"%s\"]\n".formatted(layer, expert, expert));
      }
      text.append("  end\n");
    }
    List<Arrow> arrows = arrows();
    for (Arrow arrow : arrows) {
      text.append(
          "  %s %s%s %s\n"
              .formatted(
                  arrow.from(),
                  arrow.dropped() ? "-.->" : "-->",
                  arrow.label().isEmpty() ? "" : "|\"" + arrow.label() + "\"|",
                  arrow.to()));
    }
    for (int i = 0; i < arrows.size(); i++) {
      text.append(
          "  linkStyle %d stroke:%s,stroke-width:%spx\n"
              .formatted(i, arrows.get(i).colour(), width(arrows.get(i).strength())));
    }
    return text.toString();
  }

  /** An edge between two nodes, common to both formats. */
  private record Arrow(
      String from, String to, String label, double strength, boolean dropped, String colour) {}

  private List<Arrow> arrows() {
    List<Arrow> arrows = new ArrayList<>();
    for (int layer = 0; layer < trace.layers().size(); layer++) {
      for (TracedToken token : tokens(trace.layers().get(layer))) {
        for (TracedChoice choice : token.choices()) {
          String expert = "l%d_e%d".formatted(layer, choice.expert());
          arrows.add(into(layer, token, expert, choice));
          if (choice.kept()) {
            arrows.add(out(layer, token, expert, choice.share()));
          }
        }
        if (trace.layers().get(layer).hasShared() && token.shared() != 0) {
          String expert = "l%d_shared".formatted(layer);
          arrows.add(into(layer, token, expert, new TracedChoice(-1, 1, true, 0)));
          arrows.add(out(layer, token, expert, token.shared()));
        }
        if (token.self() != 0) {
          arrows.add(out(layer, token, node(layer, token), token.self()));
        }
      }
    }
    return arrows;
  }

  private static Arrow into(int layer, TracedToken token, String expert, TracedChoice choice) {
    String label = choice.expert() < 0 ? "" : String.format(Locale.ROOT, "%.2f", choice.weight());
    return new Arrow(
        node(layer, token),
        expert,
        choice.kept() ? label : label + " dropped",
        choice.weight(),
        !choice.kept(),
        colour(token));
  }

  private static Arrow out(int layer, TracedToken token, String from, double share) {
    String label = String.format(Locale.ROOT, "%.0f%%", 100 * share);
    return new Arrow(from, node(layer + 1, token), label, share, false, colour(token));
  }

  /** Returns the chosen experts in order, followed by the shared one. */
  private List<String> experts(TracedLayer layer) {
    List<String> experts =
        new ArrayList<>(
            tokens(layer).stream()
                .flatMap(t -> t.choices().stream())
                .map(TracedChoice::expert)
                .distinct()
                .sorted()
                .map(e -> "e" + e)
                .toList());
    if (layer.hasShared()) {
      experts.add("shared");
    }
    return experts;
  }

  private static String node(int layer, TracedToken token) {
    return "t%d_%d".formatted(layer, token.position());
  }

  private static String name(TracedLayer layer) {
    return layer.layer().replace("model/", "");
  }

  private String label(TracedToken token) {
    return token.position() + " " + texts.show(token.id());
  }

  private static String colour(TracedToken token) {
    return COLOURS.get(token.position() % COLOURS.size());
  }

  private static String width(double strength) {
    double width = THIN + (THICK - THIN) * Math.min(1, Math.abs(strength));
    return String.format(Locale.ROOT, "%.1f", width);
  }

  private static String escapedForDot(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String entities(String text) {
    return text.replace("#", "#35;")
        .replace("\"", "#quot;")
        .replace("<", "#lt;")
        .replace(">", "#gt;");
  }
}
