package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.Summary;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Held-out loss of several runs over tokens; the last point is the final evaluation. */
public final class ComparisonChart {
  private ComparisonChart() {}

  /** Draws finished runs as PNG or SVG, by the file's name. */
  public static void save(Path file, List<Path> folders, RunJson json) {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(500)
            .title("held-out loss")
            .xAxisTitle("tokens")
            .yAxisTitle("nats per token")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisMaxLabelCount(8);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    for (Path folder : folders) {
      RunDirectory run = RunDirectory.open(folder);
      RunConfig config = run.configuration(json);
      List<Double> tokens = new ArrayList<>();
      List<Double> nats = new ArrayList<>();
      double each = config.training().tokensPerStep();
      RunRecorder.read(run, config)
          .evaluations()
          .forEach(
              (step, evaluation) -> {
                tokens.add(step * each);
                nats.add(evaluation.nats());
              });
      Summary summary = Summary.read(run);
      tokens.add((double) summary.tokens());
      nats.add(summary.validationNats());
      chart.addSeries(folder.toString(), tokens, nats).setMarker(SeriesMarkers.NONE);
    }
    ChartImage.save(file, chart);
  }
}
