package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jmoe.catalog.engine.Grid;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Plots an experiment's series, one line per arm, and the heat maps of its first seed. */
final class ExperimentPlots {
  private static final int MAX_LINES = 12; // distinguishable by colour
  private static final int MAX_BANDED = 6; // arms whose error bars can be told apart
  private static final int BARS = 8; // error bars per line

  private final Path folder;

  ExperimentPlots(Path folder) {
    this.folder = folder;
  }

  /** Draws all plots; returns the file names. */
  List<String> draw(ExperimentReport report) {
    Results results = report.results();
    List<String> drawn = new ArrayList<>();
    for (String name : names(results, o -> o.series().keySet().stream().toList())) {
      List<String> arms =
          results.arms().stream()
              .filter(a -> !new ArmSeries(results, name).of(a).isEmpty())
              .toList();
      if (arms.size() > MAX_LINES) {
        drawn.addAll(
            ChartImage.save(
                folder,
                name.replace(' ', '-'),
                List.of(RankChart.of(results, arms, name, title(name)))));
        continue;
      }
      lines(name.replace(' ', '-'), results, name, "tokens", Series::tokens, drawn);
      if (name.equals("nats")) {
        lines(name + "-seconds", results, name, "seconds", Series::seconds, drawn);
      }
    }
    for (String name : names(results, o -> o.grids().keySet().stream().sorted().toList())) {
      List<Chart<?, ?>> charts = new ArrayList<>();
      for (String arm : results.arms()) {
        Grid grid = results.outcome(arm, results.seeds().get(0)).grids().get(name);
        if (grid != null) {
          charts.add(heatMap(arm, name, grid));
        }
      }
      drawn.addAll(ChartImage.save(folder, name, charts));
    }
    return drawn;
  }

  private static List<String> names(Results results, Function<Outcome, List<String>> ofOutcome) {
    return results.arms().stream()
        .flatMap(a -> ofOutcome.apply(results.outcome(a, results.seeds().get(0))).stream())
        .distinct()
        .toList();
  }

  private void lines(
      String file,
      Results results,
      String name,
      String axis,
      Function<Series, List<Double>> x,
      List<String> drawn) {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(500)
            .title(title(name))
            .xAxisTitle(isOfTokens(name) ? axis : "epochs")
            .yAxisTitle(title(name))
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisMaxLabelCount(8);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    Map<String, Series> means = new LinkedHashMap<>();
    ArmSeries all = new ArmSeries(results, name);
    results.arms().stream()
        .filter(arm -> !all.of(arm).isEmpty())
        .forEach(arm -> means.put(arm, all.mean(arm)));
    List<String> shown = new ArrayList<>();
    double most = top(means.values().stream().toList());
    double highest =
        means.values().stream()
            .flatMap(m -> m.values().stream())
            .mapToDouble(v -> v)
            .max()
            .orElse(most);
    if (highest > most) {
      chart.getStyler().setYAxisMax(most);
      chart.setTitle(title(name) + " (the axis ends below the first values)");
    }
    boolean banded = means.size() <= MAX_BANDED && results.seeds().size() > 1;
    means.forEach(
        (arm, mean) -> {
          List<Double> at = new ArrayList<>();
          List<Double> values = new ArrayList<>();
          List<Double> errors = new ArrayList<>();
          int each = Math.max(1, mean.values().size() / BARS);
          for (int i = 0; i < mean.values().size(); i++) {
            double value = mean.values().get(i);
            if (Double.isFinite(value)) {
              at.add(x.apply(mean).get(i));
              values.add(value);
              boolean barred = (mean.values().size() - 1 - i) % each == 0 && value <= most;
              errors.add(barred ? all.error(arm, i) : 0.0);
            }
          }
          if (!values.isEmpty() && at.stream().allMatch(Double::isFinite)) {
            chart.addSeries(arm, at, values, banded ? errors : null).setMarker(SeriesMarkers.NONE);
            shown.add(arm);
          }
        });
    boolean nothing =
        means.values().stream().allMatch(m -> m.values().stream().allMatch(v -> v == 0));
    if (!shown.isEmpty() && !nothing) {
      drawn.addAll(ChartImage.save(folder, file, List.of(chart)));
    }
  }

  /** The axis starts after the steep initial fall, which would hide the rest. */
  private static double top(List<Series> all) {
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

  private static boolean isOfTokens(String name) {
    return !title(name).equals(name);
  }

  private static String title(String name) {
    return switch (name) {
      case "nats" -> "held-out nats per token";
      case "maxOverMean" -> "max/mean load";
      case "dropped" -> "fraction of choices dropped";
      default -> name;
    };
  }

  private static HeatMapChart heatMap(String arm, String name, Grid grid) {
    boolean domains = name.equals("domains");
    HeatMapChart chart =
        ChartStyle.heatMap(
            arm
                + (domains ? ": fraction of each domain" : ": load over training")
                + " (1 is the mean; 2 or more is dark red)",
            domains ? "domain" : "step",
            "expert",
            grid.rows().size(),
            0);
    List<Number[]> cells = new ArrayList<>();
    for (int row = 0; row < grid.rows().size(); row++) {
      for (int column = 0; column < grid.columns().size(); column++) {
        double cell = Math.min(2, grid.cells().get(row).get(column));
        cells.add(new Number[] {column, row, cell});
      }
    }
    List<String> columns =
        name.equals("load")
            ? ChartStyle.steps(grid.columns().stream().map(Long::valueOf).toList())
            : grid.columns();
    chart.addSeries(name, columns, ChartStyle.numbers(grid.rows().size()), cells);
    return chart;
  }
}
