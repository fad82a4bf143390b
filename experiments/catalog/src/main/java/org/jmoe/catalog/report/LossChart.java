package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.StepReport;
import org.jmoe.training.results.RunRecorder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Training loss over tokens. */
final class LossChart {
  private static final int POINTS = 200;

  private LossChart() {}

  static XYChart of(RunRecorder run) {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(450)
            .title("Loss")
            .xAxisTitle("tokens")
            .yAxisTitle("nats per token")
            .build();
    ChartStyle.apply(chart.getStyler());
    List<StepReport> steps =
        run.steps().stream().filter(s -> Double.isFinite(s.nats())).toList(); // no step was skipped
    int each = Math.max(1, steps.size() / POINTS);
    List<Double> tokens = new ArrayList<>();
    List<Double> nats = new ArrayList<>();
    for (int i = 0; i < steps.size(); i += each) {
      List<StepReport> some = steps.subList(i, Math.min(i + each, steps.size()));
      tokens.add((double) steps.get(i).tokens() * (i + some.size()));
      nats.add(some.stream().mapToDouble(StepReport::nats).average().orElseThrow());
    }
    chart.addSeries("training", tokens, nats).setMarker(SeriesMarkers.NONE);
    List<Double> at = new ArrayList<>();
    List<Double> held = new ArrayList<>();
    run.evaluations()
        .forEach(
            (step, evaluation) -> {
              at.add((double) steps.get(0).tokens() * step);
              held.add(evaluation.nats());
            });
    if (!at.isEmpty()) {
      chart.addSeries("held out", at, held).setMarker(SeriesMarkers.CIRCLE);
    }
    ChartStyle.roundTicks(chart);
    return chart;
  }
}
