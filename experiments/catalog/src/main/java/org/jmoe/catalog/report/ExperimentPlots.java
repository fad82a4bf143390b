package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jmoe.catalog.engine.Grid;
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
  private static final int MAX_ROWS = 100; // of all heat maps in one image
  private static final int MAX_LINES = 12; // distinguishable by colour
  private static final int POINTS = 60;

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
          results.arms().stream().filter(a -> mean(results, a, name) != null).toList();
      if (arms.size() > MAX_LINES) {
        String file = name.replace(' ', '-') + ".png";
        ChartImage.save(
            folder.resolve(file), List.of(RankChart.of(results, arms, name, title(name))));
        drawn.add(file);
        continue;
      }
      lines(name.replace(' ', '-') + ".png", results, name, "tokens", Series::tokens, drawn);
      if (name.equals("nats")) {
        lines(name + "-seconds.png", results, name, "seconds", Series::seconds, drawn);
      }
    }
    for (String name : names(results, o -> o.grids().keySet().stream().sorted().toList())) {
      List<Chart<?, ?>> charts = new ArrayList<>();
      int rows = 0;
      int left = 0;
      for (String arm : results.arms()) {
        Grid grid = results.outcome(arm, results.seeds().get(0)).grids().get(name);
        if (grid != null && rows + grid.rows().size() <= MAX_ROWS) {
          charts.add(heatMap(arm, name, grid));
          rows += grid.rows().size();
        } else {
          left += grid == null ? 0 : 1;
        }
      }
      if (left > 0) {
        Chart<?, ?> last = charts.get(charts.size() - 1);
        last.setTitle(last.getTitle() + "; " + left + " more arms not drawn");
      }
      ChartImage.save(folder.resolve(name + ".png"), charts);
      drawn.add(name + ".png");
    }
    return drawn;
  }

  private static List<String> names(
      Results results, Function<org.jmoe.catalog.engine.Outcome, List<String>> ofOutcome) {
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
    for (String arm : results.arms()) {
      Series mean = mean(results, arm, name);
      if (mean != null) {
        means.put(arm, mean);
      }
    }
    List<String> shown = new ArrayList<>();
    double most = top(means.values().stream().toList());
    means.forEach(
        (arm, mean) -> {
          List<Double> at = new ArrayList<>();
          List<Double> values = new ArrayList<>();
          for (int i = 0; i < mean.values().size(); i++) {
            double value = mean.values().get(i);
            if (Double.isFinite(value) && value <= most) {
              at.add(x.apply(mean).get(i));
              values.add(value);
            }
          }
          if (!values.isEmpty() && at.stream().allMatch(Double::isFinite)) {
            chart.addSeries(arm, at, values).setMarker(SeriesMarkers.NONE);
            shown.add(arm);
          }
        });
    boolean nothing =
        means.values().stream().allMatch(m -> m.values().stream().allMatch(v -> v == 0));
    if (!shown.isEmpty() && !nothing) {
      ChartImage.save(folder.resolve(file), List.of(chart));
      drawn.add(file);
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

  /** Returns the mean over seeds, subsampled. */
  private static @org.jspecify.annotations.Nullable Series mean(
      Results results, String arm, String name) {
    List<Series> all =
        results.seeds().stream()
            .map(seed -> results.outcome(arm, seed).series().get(name))
            .filter(Objects::nonNull)
            .toList();
    if (all.isEmpty()) {
      return null;
    }
    int length = all.stream().mapToInt(s -> s.values().size()).min().orElse(0);
    int each = Math.max(1, length / POINTS);
    List<Double> tokens = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int from = 0; from < length; from += each) {
      int first = from;
      int last = Math.min(from + each, length) - 1;
      tokens.add(average(all, s -> s.tokens().get(last)));
      seconds.add(average(all, s -> s.seconds().get(last)));
      values.add(
          average(
              all,
              s ->
                  s.values().subList(first, last + 1).stream()
                      .mapToDouble(v -> v)
                      .average()
                      .orElse(Double.NaN)));
    }
    return new Series(tokens, seconds, values);
  }

  private static double average(List<Series> all, Function<Series, Double> of) {
    return all.stream().mapToDouble(of::apply).average().orElse(Double.NaN);
  }

  private static HeatMapChart heatMap(String arm, String name, Grid grid) {
    boolean domains = name.equals("domains");
    HeatMapChart chart =
        ChartStyle.heatMap(
            arm + (domains ? ": fraction of each domain" : ": load over training") + " (1 is fair)",
            domains ? "domain" : "step",
            "expert",
            grid.rows().size());
    List<Number[]> cells = new ArrayList<>();
    for (int row = 0; row < grid.rows().size(); row++) {
      for (int column = 0; column < grid.columns().size(); column++) {
        cells.add(new Number[] {column, row, grid.cells().get(row).get(column)});
      }
    }
    chart.addSeries(name, grid.columns(), grid.rows(), cells);
    chart.getStyler().setXAxisMaxLabelCount(10);
    return chart;
  }
}
