package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jmoe.analysis.LayerAnalysis;
import org.knowm.xchart.HeatMapChart;

/** Heat map of a value per pair of experts of a layer; the diagonal is empty. */
final class PairChart {
  private PairChart() {}

  static HeatMapChart coactivation(LayerAnalysis layer) {
    return of(
        layer,
        "chosen together, over chance",
        0,
        4,
        DivergingScale::ofRatio,
        (a, b) -> layer.pairLift((int) a, (int) b));
  }

  static HeatMapChart similarity(LayerAnalysis layer) {
    return of(
        layer,
        "cosine similarity of outputs",
        -1,
        1,
        similarity -> similarity,
        (a, b) -> layer.similarity().ofOutputs((int) a, (int) b));
  }

  private static HeatMapChart of(
      LayerAnalysis layer,
      String title,
      double least,
      double most,
      DoubleUnaryOperator place,
      DoubleBinaryOperator value) {
    int experts = layer.experts();
    List<String> numbers = ChartStyle.numbers(experts);
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
        ChartStyle.squares(
            layer.layer().replace("model/", "") + ": " + title,
            "expert",
            "expert",
            experts,
            experts,
            2);
    chart.addSeries("pairs", numbers, numbers, cells);
    boolean numbered = experts <= ChartStyle.MAX_NUMBERED;
    ChartStyle.colours(chart, least, Math.ceil(10 * largest) / 10, place, numbered);
    chart.getStyler().setHeatMapValueDecimalPattern("0.00");
    return chart;
  }
}
