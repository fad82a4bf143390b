package org.jmoe.catalog.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A line per arm, the mean over seeds, with error bars at some points; the final evaluation, on
 * more batches, is a diamond. Lines differ in style as well as in hue.
 */
final class LineChart {
  private static final int MAX_BANDED = 6; // arms whose error bars can be told apart
  private static final int BARS = 8; // error bars per line

  private final XYChart chart;
  private final Function<Series, List<Double>> x;
  private boolean blank = true;

  /** Creates an empty chart. */
  LineChart(String title, String axis, Function<Series, List<Double>> x) {
    this.x = x;
    chart = ChartStyle.curves(title, axis, title);
  }

  XYChart chart() {
    return chart;
  }

  /** Returns whether all values are zero. */
  boolean isBlank() {
    return blank;
  }

  void draw(Results results, ArmSeries all) {
    Map<String, Series> means = new LinkedHashMap<>();
    results.arms().stream()
        .filter(arm -> !all.of(arm).isEmpty())
        .forEach(arm -> means.put(arm, all.mean(arm)));
    double top = top(means.values());
    double highest =
        means.values().stream()
            .flatMap(m -> m.values().stream())
            .mapToDouble(v -> v)
            .max()
            .orElse(top);
    if (highest > top) {
      chart.getStyler().setYAxisMax(top);
      chart.setTitle(chart.getTitle() + " (the axis ends below the first values)");
    }
    boolean banded = means.size() <= MAX_BANDED && results.seeds().size() > 1;
    means.forEach((arm, mean) -> line(arm, mean, all, banded, top));
    ChartStyle.roundTicks(chart);
  }

  private void line(String arm, Series curve, ArmSeries all, boolean banded, double top) {
    List<Double> at = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    List<Double> errors = new ArrayList<>();
    int points = curve.values().size();
    int each = Math.max(1, points / BARS);
    for (int i = 0; i < points; i++) {
      double value = curve.values().get(i);
      double place = x.apply(curve).get(i);
      if (Double.isFinite(value) && Double.isFinite(place)) {
        at.add(place);
        values.add(value);
        boolean barred = banded && (points - 1 - i) % each == 0 && value <= top;
        errors.add(barred ? all.error(arm, i) : 0.0);
      }
    }
    if (values.isEmpty()) {
      return;
    }
    blank &= values.stream().allMatch(v -> v == 0);
    Color colour = ChartStyle.nextColour(chart);
    List<BasicStroke> styles =
        List.of(
            SeriesLines.SOLID, SeriesLines.DASH_DASH, SeriesLines.DASH_DOT, SeriesLines.DOT_DOT);
    int index = chart.getSeriesCollection().size();
    chart
        .addSeries(arm, at, values, errors)
        .setMarker(SeriesMarkers.NONE)
        .setLineColor(colour)
        .setLineStyle(styles.get(index / 2 % styles.size()));
    Statistic last = all.last(arm);
    double mean = last == null ? Double.NaN : last.mean();
    double error = banded && last != null && last.count() > 1 ? last.standardError() : 0;
    boolean has = Double.isFinite(mean);
    // Always a second series, so that the colours of arms do not depend on it.
    XYSeries end =
        ChartStyle.finalEvaluation(
            chart,
            arm,
            at.get(at.size() - 1),
            has ? mean : values.get(values.size() - 1),
            error,
            colour);
    if (!has) {
      end.setMarker(SeriesMarkers.NONE);
    }
  }

  /** The axis starts after the steep initial fall, which would hide the rest. */
  private static double top(Iterable<Series> all) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double last = Double.NEGATIVE_INFINITY;
    boolean falling = true;
    for (Series series : all) {
      List<Double> values = series.values();
      least = Math.min(least, values.stream().mapToDouble(v -> v).min().orElse(least));
      most = Math.max(most, values.stream().mapToDouble(v -> v).max().orElse(most));
      last = Math.max(last, values.get(values.size() - 1));
      falling &= values.get(0) > values.get(values.size() - 1);
    }
    return falling ? Math.max(1.02 * last, least + 0.5 * (most - least)) : most;
  }
}
