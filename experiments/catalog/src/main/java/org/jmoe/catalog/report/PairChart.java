package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.jmoe.analysis.LayerAnalysis;
import org.knowm.xchart.HeatMapChart;

/** Heat map of a value per pair of experts of a layer; the diagonal is empty. */
final class PairChart {
  private static final int WIDEST = 16;

  private PairChart() {}

  static HeatMapChart coactivation(LayerAnalysis layer) {
    return of(
        layer,
        "experts chosen together, relative to chance (1 is chance)",
        0,
        2,
        (a, b) -> layer.pairLift((int) a, (int) b));
  }

  static HeatMapChart similarity(LayerAnalysis layer) {
    return of(
        layer,
        "cosine similarity of two experts' outputs for the same tokens",
        -1,
        1,
        (a, b) -> layer.similarity().ofOutputs((int) a, (int) b));
  }

  private static HeatMapChart of(
      LayerAnalysis layer, String title, double least, double most, DoubleBinaryOperator value) {
    int experts = layer.experts();
    List<Integer> numbers = IntStream.range(0, experts).boxed().toList();
    List<Number[]> cells = new ArrayList<>();
    double largest = most;
    for (int a = 0; a < experts; a++) {
      for (int b = 0; b < experts; b++) {
        double number = value.applyAsDouble(a, b);
        if (a != b && !Double.isNaN(number)) {
          largest = Math.max(largest, number);
          cells.add(new Number[] {a, b, number});
        }
      }
    }
    HeatMapChart chart =
        ChartStyle.heatMap(
            layer.layer().replace("model/", "") + ": " + title, "expert", "expert", experts);
    chart.addSeries("pairs", numbers, numbers, cells);
    chart.getStyler().setMin(least).setMax(Math.ceil(10 * largest) / 10);
    if (experts <= WIDEST) {
      ChartStyle.numbers(chart.getStyler(), "0.00");
    }
    return chart;
  }
}
