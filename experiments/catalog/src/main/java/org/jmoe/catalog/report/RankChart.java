package org.jmoe.catalog.report;

import java.util.Comparator;
import java.util.List;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;

/**
 * Final values of many arms in ascending order, with standard errors; for more arms than a line
 * chart can distinguish.
 */
final class RankChart {
  private static final int COLUMN = 20;
  private static final int FRAME = 120;

  private RankChart() {}

  private record Place(String arm, Statistic last) {
    double error() {
      return last.count() < 2 ? 0 : last.standardError();
    }
  }

  /**
   * Draws the final measure of this name, which the tables show, or else the last value of the
   * series.
   *
   * @param arms arms that have the series
   * @param title title of the chart and of its axis
   */
  static CategoryChart of(Results results, List<String> arms, String series, String title) {
    List<Place> places =
        arms.stream()
            .map(arm -> new Place(arm, last(results, arm, series)))
            .filter(p -> Double.isFinite(p.last().mean()))
            .sorted(Comparator.comparingDouble(p -> p.last().mean()))
            .toList();
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(FRAME + COLUMN * Math.max(12, places.size()))
            .height(560)
            .title(title + " at the end: mean and standard error over seeds")
            .yAxisTitle(title)
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setXAxisLabelRotation(90);
    chart.getStyler().setXAxisTickMarkSpacingHint(1); // a name per arm
    double least = places.stream().mapToDouble(p -> p.last().mean() - p.error()).min().orElse(0);
    double most = places.stream().mapToDouble(p -> p.last().mean() + p.error()).max().orElse(1);
    double margin = 0.05 * Math.max(most - least, 1e-6);
    chart.getStyler().setYAxisMin(least - margin);
    chart.getStyler().setYAxisMax(most + margin);
    chart.addSeries(
        title,
        places.stream().map(Place::arm).toList(),
        places.stream().map(p -> p.last().mean()).toList(),
        places.stream().map(Place::error).toList());
    return chart;
  }

  private static Statistic last(Results results, String arm, String series) {
    if (results.has(arm, series)) {
      return results.of(arm, series);
    }
    return results.over(
        seed -> {
          Series found = results.outcome(arm, seed).series().get(series);
          return found == null || found.values().isEmpty()
              ? Double.NaN
              : found.values().get(found.values().size() - 1);
        });
  }
}
