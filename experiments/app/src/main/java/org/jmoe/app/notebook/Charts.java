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

/** Charts for notebooks, in the style of the charts of a run. */
public final class Charts {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 360;
  private static final int LEVEL_NAMES = 10; // maximum number of horizontal labels

  private Charts() {}

  /**
   * Returns a line chart with one line per series.
   *
   * @param title title of the chart
   * @param x label of the x axis
   * @param y label of the y axis
   * @param xs x values of every series
   * @param series y values by name, as many as {@code xs}
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
   * Returns a heat map with a color range from 0 to 2, twice the balanced load.
   *
   * @param title title of the chart
   * @param x label of the x axis
   * @param y label of the y axis
   * @param columns labels along x
   * @param rows for each column, one value per row, such as per expert
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
