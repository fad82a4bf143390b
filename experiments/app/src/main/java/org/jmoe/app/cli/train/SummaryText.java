package org.jmoe.app.cli.train;

import java.io.PrintWriter;
import java.util.Locale;
import org.jmoe.training.results.DeviceSummary;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.Summary;

/** Formats a run's final numbers. */
final class SummaryText {
  private static final int WIDEST = 16;

  private SummaryText() {}

  static void print(Summary summary, PrintWriter text) {
    String bits =
        summary.bitsPerByte() == null
            ? ""
            : String.format(Locale.ROOT, " (%.3f bits/byte)", summary.bitsPerByte());
    text.printf(
        Locale.ROOT,
        "held out: %.4f nats/token%s over %,d tokens%n",
        summary.validationNats(),
        bits,
        summary.validationTokens());
    text.printf(
        Locale.ROOT,
        "trained: %,d tokens in %.0f s, %,.0f tokens/s; %,d parameters, %,d active per"
            + " token%n",
        summary.tokens(),
        summary.seconds(),
        summary.tokensPerSecond(),
        summary.totalParameters(),
        summary.activeParameters());
    DeviceSummary devices = summary.devices();
    if (devices != null) {
      text.printf(
          Locale.ROOT,
          "devices: %s%s; %,d bytes per step between them in the forward pass, as many in"
              + " the backward pass%n",
          String.join(", ", devices.experts().keySet()),
          devices.replicas() == 1 ? "" : ", " + devices.replicas() + " copies of the model",
          devices.movedBytes().values().stream().mapToLong(Long::longValue).sum());
    }
    if (!summary.layers().isEmpty()) {
      loads(summary, text);
    }
  }

  private static void loads(Summary summary, PrintWriter text) {
    int experts = summary.layers().get(0).load().size();
    boolean each = experts <= WIDEST;
    text.printf("%nexpert load on held-out data, in %% of all choices%n");
    text.printf("%-14s %5s %8s %8s", "layer", "cv", "max/mean", "dropped");
    for (int e = 0; each && e < experts; e++) {
      text.printf(" %5s", "e" + e);
    }
    text.println();
    for (LayerSummary layer : summary.layers()) {
      text.printf(
          Locale.ROOT,
          "%-14s %5.2f %8.2f %7.1f%%",
          layer.layer().replace("model/", ""),
          layer.cv(),
          layer.maxOverMean(),
          100 * layer.droppedShare());
      if (each) {
        layer.load().forEach(share -> text.printf(Locale.ROOT, " %5.1f", 100 * share));
      }
      text.println();
    }
  }
}
