package org.jmoe.catalog.report;

import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.Summary;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Held-out loss of several runs over tokens; the final evaluation, on more batches, is a diamond.
 */
public final class ComparisonChart {
  private ComparisonChart() {}

  /** Draws finished runs as PNG or SVG, by the file's name. */
  public static void save(Path file, List<Path> folders, RunJson json) {
    XYChart chart = ChartStyle.curves("held-out loss", "tokens", "nats per token");
    for (Path folder : folders) {
      RunDirectory run = RunDirectory.open(folder);
      RunConfig config = run.configuration(json);
      List<Double> tokens = new ArrayList<>();
      List<Double> nats = new ArrayList<>();
      RunRecorder.read(run, config)
          .evaluations()
          .forEach(
              (step, evaluation) -> {
                tokens.add((double) config.training().tokensBefore(step));
                nats.add(evaluation.nats());
              });
      Summary summary = Summary.read(run);
      Color colour = ChartStyle.nextColour(chart);
      if (tokens.isEmpty()) { // the diamond alone
        tokens.add((double) summary.tokens());
        nats.add(summary.validationNats());
      }
      chart
          .addSeries(folder.toString(), tokens, nats)
          .setMarker(SeriesMarkers.NONE)
          .setLineColor(colour);
      ChartStyle.finalEvaluation(
          chart, folder.toString(), (double) summary.tokens(), summary.validationNats(), 0, colour);
    }
    ChartStyle.roundTicks(chart);
    ChartImage.save(file, chart);
  }
}
