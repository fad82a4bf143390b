package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jmoe.catalog.engine.Grid;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.internal.chartpart.Chart;

/** Plots an experiment's series, one line per arm, and the heat maps of its first seed. */
final class ExperimentPlots {
  private static final int MAX_LINES = 12; // distinguishable by colour

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
    LineChart chart = new LineChart(title(name), isOfTokens(name) ? axis : "epochs", x);
    chart.draw(results, new ArmSeries(results, name));
    if (!chart.isBlank()) {
      drawn.addAll(ChartImage.save(folder, file, List.of(chart.chart())));
    }
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
