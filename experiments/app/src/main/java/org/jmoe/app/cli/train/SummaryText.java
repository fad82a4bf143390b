package org.jmoe.app.cli.train;

import java.io.PrintWriter;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jmoe.training.results.DeviceSummary;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.Summary;

/** Formats a run's final numbers. */
final class SummaryText {
  private static final int MAX_EACH = 8; // experts whose loads fit in 80 columns

  private SummaryText() {}

  static void print(Summary summary, PrintWriter text) {
    String bits =
        summary.bitsPerByte() == null
            ? ""
            : String.format(Locale.ROOT, " (%.3f bits/byte)", summary.bitsPerByte());
    text.printf(
        Locale.ROOT,
        "held-out loss: %.4f nats/token%s over %,d tokens%n",
        summary.validationNats(),
        bits,
        summary.validationTokens());
    text.printf(
        Locale.ROOT,
        "trained: %,d tokens%s in %.0f s, %,.0f tokens/s; %,d parameters, %,d active per"
            + " token%n",
        summary.tokens(),
        summary.flops() == null ? "" : String.format(Locale.ROOT, " (%.2e FLOPs)", summary.flops()),
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
    loads(summary.layers(), text);
  }

  /** Prints the load of each MoE layer; nothing for a dense model. */
  static void loads(List<LayerSummary> layers, PrintWriter text) {
    if (layers.isEmpty()) {
      return;
    }
    int experts = layers.get(0).load().size();
    boolean each = experts <= MAX_EACH;
    text.printf("%nexpert load on held-out data, in %% of all choices%n");
    text.printf("%-13s %5s %8s %7s", "layer", "cv", "max/mean", "dropped");
    for (int e = 0; each && e < experts; e++) {
      text.printf(" %4s", "e" + e);
    }
    text.println(each ? "" : "   busiest      least busy");
    for (LayerSummary layer : layers) {
      text.printf(
          Locale.ROOT,
          "%-13s %5.2f %8.2f %6.1f%%",
          layer.layer().replace("model/", ""),
          layer.cv(),
          layer.maxOverMean(),
          100 * layer.droppedShare());
      if (each) {
        layer.load().forEach(share -> text.printf(Locale.ROOT, " %4.1f", 100 * share));
      } else {
        extreme(text, layer, Collections.max(layer.load()));
        extreme(text, layer, Collections.min(layer.load()));
      }
      text.println();
    }
  }

  private static void extreme(PrintWriter text, LayerSummary layer, double share) {
    text.printf(Locale.ROOT, "   %4s %5.2f", "e" + layer.load().indexOf(share), 100 * share);
  }
}
