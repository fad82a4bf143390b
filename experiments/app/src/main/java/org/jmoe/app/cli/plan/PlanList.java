package org.jmoe.app.cli.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.NamedArchitecture;
import org.jmoe.planning.model.NamedArchitectures;
import org.jmoe.planning.model.ParameterCount;
import org.jmoe.planning.model.Published;

/** The published models and their counts. */
final class PlanList {
  private static final String ROW = "%-16s %7s %7s %5s %5s  %10s %10s  %10s %10s  %s%n";

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
            "published",
            "source"));
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
              active + (published.lookups() ? "" : "*"),
              published.source()));
    }
    return text
        + "* published without the parameters that are only looked up, and counted so here\n";
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
