package org.jmoe.analysis.intervention;

import java.nio.file.Path;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.io.arrow.ArrowTable.Kind;

/** Writes the loss of each token before and after an intervention as an Arrow file. */
public final class TokenEffects {
  private TokenEffects() {}

  /** Writes {@code sequence, position, target, domain, before, after}, in nats. */
  public static void write(TokenLosses before, TokenLosses after, Path file) {
    ArrowTable table =
        new ArrowTable()
            .column("sequence", Kind.INT64)
            .column("position", Kind.INT64)
            .column("target", Kind.INT64)
            .column("domain", Kind.UTF8)
            .column("before", Kind.FLOAT64)
            .column("after", Kind.FLOAT64);
    for (int s = 0; s < before.sequences().size(); s++) {
      TokenLosses.Sequence sequence = before.sequences().get(s);
      for (int t = 0; t < sequence.targets().length(); t++) {
        if (sequence.targets().get(t) >= 0) {
          table.row(
              (long) s,
              (long) t,
              sequence.targets().get(t),
              sequence.domains().get(t),
              sequence.nats().get(t),
              after.sequences().get(s).nats().get(t));
        }
      }
    }
    table.write(file);
  }
}
