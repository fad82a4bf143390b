package org.jmoe.app.notebook;

import com.google.common.primitives.Doubles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jmoe.catalog.report.ChartStyle;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The two drawings that notebooks need, in the look of a run's own. */
public final class Charts {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 360;
  private static final int LEVEL_NAMES = 10; // more of them would overlap

  private Charts() {}

  /**
   * A line for each series, in the order of the map.
   *
   * @param xs of every series
   * @param series name to values, as many as xs
   */
  public static XYChart lines(
      String title, String x, String y, List<Double> xs, Map<String, List<Double>> series) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisMaxLabelCount(10);
    series.forEach((name, ys) -> chart.addSeries(name, xs, ys).setMarker(SeriesMarkers.NONE));
    return chart;
  }

  /**
   * A matrix as colours from 0 to twice the fair share, which is 1.
   *
   * @param columns names along x
   * @param rows for each column, a value for each row, such as an expert
   */
  public static HeatMapChart heatMap(
      String title, String x, String y, List<?> columns, List<List<Double>> rows) {
    int height = rows.stream().mapToInt(List::size).max().orElse(1);
    List<Number[]> cells = new ArrayList<>();
    for (int c = 0; c < rows.size(); c++) {
      for (int r = 0; r < rows.get(c).size(); r++) {
        cells.add(new Number[] {c, r, Doubles.constrainToRange(rows.get(c).get(r), 0, 2)});
      }
    }
    boolean names = columns.size() > LEVEL_NAMES && columns.get(0) instanceof String;
    int letters = columns.stream().mapToInt(c -> c.toString().length()).max().orElse(0);
    HeatMapChart chart = ChartStyle.heatMap(title, x, y, height, names ? letters : 0);
    chart.addSeries("load", columns, IntStream.range(0, height).boxed().toList(), cells);
    chart.getStyler().setXAxisMaxLabelCount(names ? columns.size() : 20);
    return chart;
  }
}
