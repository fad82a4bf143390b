package org.jmoe.analysis.trace;

import java.nio.file.Path;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.io.arrow.ArrowTable.Kind;

/** Writes a trace as an Arrow file: one row per token, layer and part of the layer's output. */
public final class TraceTable {
  private TraceTable() {}

  /**
   * Writes {@code layer, sequence, position, id, text, part, expert, weight, kept, share}. A part
   * is {@code expert}, {@code shared} or {@code self}; the last two have expert -1 and weight 0.
   */
  public static void write(Trace trace, TokenTexts texts, Path file) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("sequence", Kind.INT64)
            .column("position", Kind.INT64)
            .column("id", Kind.INT64)
            .column("text", Kind.UTF8)
            .column("part", Kind.UTF8)
            .column("expert", Kind.INT64)
            .column("weight", Kind.FLOAT64)
            .column("kept", Kind.INT64)
            .column("share", Kind.FLOAT64);
    for (TracedLayer layer : trace.layers()) {
      for (TracedToken token : layer.tokens()) {
        for (TracedChoice choice : token.choices()) {
          row(table, layer, token, texts, "expert", choice);
        }
        if (layer.hasShared()) {
          row(table, layer, token, texts, "shared", shareOnly(token.shared()));
        }
        if (token.self() != 0) {
          row(table, layer, token, texts, "self", shareOnly(token.self()));
        }
      }
    }
    table.write(file);
  }

  private static TracedChoice shareOnly(double share) {
    return new TracedChoice(-1, 0, true, share);
  }

  private static void row(
      ArrowTable table,
      TracedLayer layer,
      TracedToken token,
      TokenTexts texts,
      String part,
      TracedChoice choice) {
    table.row(
        layer.layer(),
        (long) token.sequence(),
        (long) token.position(),
        (long) token.id(),
        texts.show(token.id()),
        part,
        (long) choice.expert(),
        choice.weight(),
        choice.kept() ? 1L : 0L,
        choice.share());
  }
}
