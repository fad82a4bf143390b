package org.jmoe.app.cli.analysis;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jmoe.analysis.intervention.DomainEffect;

/** Effects of an intervention as a table or as JSON. */
final class EffectText {
  private static final int NAME = 24;

  private EffectText() {}

  static void print(PrintWriter out, List<DomainEffect> effects) {
    out.printf("%-24s %8s %9s %9s %21s%n", "nats", "tokens", "before", "after", "difference, 95 %");
    for (DomainEffect effect : effects) {
      out.printf(
          Locale.ROOT,
          "%-24s %8d %9.4f %9.4f %+10.4f ± %.4f%s%n",
          clipped(effect.domain()),
          effect.tokens(),
          effect.before(),
          effect.after(),
          effect.difference(),
          effect.margin(),
          Math.abs(effect.difference()) > effect.margin() ? " *" : "");
    }
    out.println("* the interval excludes 0");
  }

  private static String clipped(String domain) {
    return domain.length() > NAME ? domain.substring(0, NAME - 1) + "…" : domain;
  }

  static ObjectNode json(List<DomainEffect> effects) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode rows = node.putArray("effects");
    for (DomainEffect effect : effects) {
      rows.addObject()
          .put("domain", effect.domain())
          .put("tokens", effect.tokens())
          .put("sequences", effect.sequences())
          .put("before", effect.before())
          .put("after", effect.after())
          .put("difference", effect.difference())
          .put("margin95", effect.margin());
    }
    return node;
  }
}
