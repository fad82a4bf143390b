package org.jmoe.app.cli.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import org.jmoe.app.cli.option.NamedLines;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.NamedArchitecture;
import org.jmoe.planning.model.NamedArchitectures;
import org.jmoe.planning.model.ParameterCount;
import org.jmoe.planning.model.Published;

/** The published models and their counts. */
final class PlanList {
  private static final String ROW = "%-15s %6s %7s %3s %5s %10s %9s %8s %9s%n";

  private static final int INDENT = 16;

  private PlanList() {}

  static String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            ROW,
            "model",
            "layers",
            "experts",
            "k",
            "width",
            "total",
            "published",
            "active",
            "published"));
    for (NamedArchitecture named : NamedArchitectures.all()) {
      ArchitectureSizes sizes = named.sizes();
      ParameterCount count = sizes.parameters();
      Published published = named.published();
      MoeSize moe = sizes.moe();
      String active = published.active() == null ? "-" : published.active();
      text.append(
          String.format(
              Locale.ROOT,
              ROW,
              named.name(),
              sizes.layers(),
              moe == null ? "-" : moe.experts(),
              moe == null ? "-" : moe.k(),
              sizes.dim(),
              Billions.of(count.total()),
              published.total(),
              Billions.of(published.activeOf(count)),
              active + (published.lookups() ? "" : "*")));
    }
    text.append(
        "* published without the parameters that are only looked up, and counted so here\n");
    text.append("\nsources\n");
    for (NamedArchitecture named : NamedArchitectures.all()) {
      StringWriter lines = new StringWriter();
      NamedLines.print(new PrintWriter(lines), named.name(), INDENT, named.published().source());
      text.append(lines);
    }
    return text.toString();
  }

  static JsonNode json() {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    for (NamedArchitecture named : NamedArchitectures.all()) {
      ObjectNode row = rows.addObject();
      row.put("model", named.name());
      PlanJson.sizes(row, named.sizes(), named.published());
    }
    return rows;
  }
}
