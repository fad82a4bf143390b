package org.jmoe.catalog.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jmoe.catalog.engine.Statistic;

/** A comparison of runs for people and for programs. */
public final class ComparisonText {
  private static final int MAX_CELL = 40; // characters

  private static final ImmutableList<String> NUMBERS =
      ImmutableList.of(
          "validationNats",
          "bitsPerByte",
          "tokens",
          "flops",
          "totalParameters",
          "activeParameters",
          "loadCv",
          "droppedShare",
          "tokensPerSecond");

  private final Comparison comparison;

  /** Formats a comparison. */
  public ComparisonText(Comparison comparison) {
    this.comparison = comparison;
  }

  /** Returns a table of differing settings and final numbers, and the paired differences. */
  public String text() {
    StringBuilder text = new StringBuilder();
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    comparison.runs().forEach(r -> head.add(r.name()));
    rows.add(head);
    for (String path : comparison.differing()) {
      row(rows, path, r -> cut(r.config().getOrDefault(path, "-")));
    }
    for (String number : NUMBERS) {
      row(rows, number, r -> number(r.summary().path(number)));
    }
    table(rows, text);
    comparison.paired().forEach(pair -> text.append(String.format("%n%s%n", sentence(pair))));
    return text.toString();
  }

  /** Returns the same as JSON. */
  public JsonNode json() {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    for (Comparison.Finished run : comparison.runs()) {
      ObjectNode node = tree.withArray("runs").addObject().put("name", run.name());
      ObjectNode config = node.putObject("differing");
      comparison.differing().forEach(path -> config.put(path, run.config().get(path)));
      NUMBERS.forEach(number -> node.set(number, run.summary().path(number)));
    }
    tree.withArray("paired");
    for (Comparison.Pair pair : comparison.paired()) {
      Statistic nats = pair.nats();
      ObjectNode node =
          tree.withArray("paired")
              .addObject()
              .put("name", pair.name())
              .put("baseline", pair.baseline());
      pair.seeds().forEach(node.putArray("seeds")::add);
      nats.values().forEach(node.putArray("natsDifferences")::add);
      if (nats.count() > 0) {
        node.put("meanDifference", nats.mean());
      } else {
        node.put("obstacle", pair.obstacle());
      }
      if (nats.count() > 1) {
        node.put("intervalLow", nats.mean() - nats.margin());
        node.put("intervalHigh", nats.mean() + nats.margin());
      }
    }
    return tree;
  }

  private static String sentence(Comparison.Pair pair) {
    Statistic nats = pair.nats();
    String names = pair.name() + " and " + pair.baseline();
    if (nats.count() == 0) {
      return names + " are not compared: " + pair.obstacle() + ".";
    }
    String direction = nats.mean() < 0 ? "lower" : "higher";
    String difference =
        String.format(
            Locale.ROOT,
            "%s: held-out loss %.5f nats per token %s than %s",
            pair.name(),
            Math.abs(nats.mean()),
            direction,
            pair.baseline());
    if (nats.count() == 1) {
      return difference
          + ", with seed "
          + pair.seeds().get(0)
          + " only; add seeds for an interval.";
    }
    return String.format(
        Locale.ROOT,
        "%s,%npaired over seeds %s; 95 %% interval of the difference %.5f to %.5f%s.",
        difference,
        String.join(", ", pair.seeds()),
        nats.mean() - nats.margin(),
        nats.mean() + nats.margin(),
        Math.abs(nats.mean()) > nats.margin() ? "" : ", which includes 0");
  }

  private void row(
      List<List<String>> rows, String name, Function<Comparison.Finished, String> cell) {
    List<String> row = new ArrayList<>(List.of(name));
    comparison.runs().forEach(r -> row.add(cell.apply(r)));
    rows.add(row);
  }

  private static String cut(String text) {
    return text.length() > MAX_CELL ? text.substring(0, MAX_CELL - 2) + ".." : text;
  }

  private static String number(JsonNode node) {
    return node.isIntegralNumber()
        ? String.format(Locale.ROOT, "%,d", node.asLong())
        : node.isNumber() ? String.format(Locale.ROOT, "%.5g", node.asDouble()) : "-";
  }

  private static void table(List<List<String>> rows, StringBuilder text) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      text.append(row.get(0)).append(" ".repeat(widths[0] - row.get(0).length()));
      for (int c = 1; c < columns; c++) {
        text.append("  ").append(" ".repeat(widths[c] - row.get(c).length())).append(row.get(c));
      }
      text.append(String.format("%n"));
    }
  }
}
