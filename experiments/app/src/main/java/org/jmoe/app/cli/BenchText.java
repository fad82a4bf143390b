package org.jmoe.app.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.jmoe.app.bench.BenchRow;
import org.jmoe.training.results.Machine;

/** Formats measurements as a table and as JSON. */
final class BenchText {
  private BenchText() {}

  /** One row of the table. */
  static String line(BenchRow row) {
    return String.format(
        Locale.ROOT,
        "%-26s %-34s %10.3f %-3s  %s",
        row.metric(),
        row.of(),
        row.value(),
        row.unit().equals("1") ? "" : row.unit(),
        goal(row));
  }

  private static String goal(BenchRow row) {
    String bound = String.format(Locale.ROOT, "%.2f", row.goal().bound());
    return switch (row.goal().kind()) {
      case AT_LEAST -> ">= " + bound + (row.met() ? "  met" : "  missed");
      case AT_MOST -> "<= " + bound + (row.met() ? "  met" : "  missed");
      case NONE -> "";
    };
  }

  /** A list of rows, each with the machine that it holds for. */
  static ArrayNode json(List<BenchRow> rows, Machine machine) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (BenchRow row : rows) {
      ObjectNode node = list.addObject();
      node.put("metric", row.metric());
      node.put("case", row.of());
      node.put("value", row.value());
      if (row.goal().kind() == BenchRow.Goal.Kind.NONE) {
        node.putNull("target");
        node.putNull("met");
      } else {
        node.put("target", row.goal().bound());
        node.put("met", row.met());
      }
      node.put("unit", row.unit());
      node.put("cpu", machine.cpu());
      node.put("threads", machine.threads());
      node.put("java", machine.java());
      node.put("djl", machine.djl());
      node.put("libtorch", machine.libtorch());
    }
    return list;
  }
}
