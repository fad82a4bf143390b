package org.jmoe.catalog.report;

import java.awt.Color;
import java.awt.Font;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Common style of all charts. */
public final class ChartStyle {
  /** Rows and columns up to which cells are wide enough for a number. */
  static final int MAX_NUMBERED = 16;

  private static final MathContext TICK_DIGITS = new MathContext(6);
  private static final int FRAME = 110; // title, axis and ticks
  private static final int SIDE = 150; // axis, ticks and colour scale
  private static final int WIDTH = 900;
  private static final int LETTER = 7;
  private static final int MAX_CELL = 34;
  private static final int MAX_SIDE = 770; // of a map of many cells

  private ChartStyle() {}

  /** Applies a white background and sans-serif fonts. */
  public static void apply(Styler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartTitleBoxVisible(false);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
  }

  /** Returns an empty chart of curves over tokens or epochs. */
  static XYChart curves(String title, String x, String y) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(500)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    apply(chart.getStyler());
    chart.getStyler().setErrorBarsColorSeriesColor(true);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.setCustomYAxisTickLabelsFormatter(ChartStyle::tick);
    return chart;
  }

  /** Returns a tick in full; XChart writes .09 below 0.1 and 0.09 above. */
  static String tick(double value) {
    return new BigDecimal(value, TICK_DIGITS).stripTrailingZeros().toPlainString();
  }

  /** Returns the color of the next curve; each has a series for its final evaluation, too. */
  static Color nextColour(XYChart chart) {
    Color[] colours = chart.getStyler().getSeriesColors();
    return colours[chart.getSeriesCollection().size() / 2 % colours.length];
  }

  /** Adds the final evaluation of a curve, which is on more batches, as a diamond. */
  static XYSeries finalEvaluation(
      XYChart chart, String curve, double x, double y, double error, Color colour) {
    XYSeries last =
        chart.addSeries(curve + ", final evaluation", List.of(x), List.of(y), List.of(error));
    last.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    last.setLineColor(colour); // of its error bar
    last.setMarker(SeriesMarkers.DIAMOND).setMarkerColor(colour).setShowInLegend(false);
    return last;
  }

  /** Starts the x axis at 0 and gives it round ticks. */
  static void roundTicks(XYChart chart) {
    double last =
        chart.getSeriesCollection().stream()
            .flatMapToDouble(series -> Arrays.stream(series.getXData()))
            .max()
            .orElse(1);
    chart.getStyler().setXAxisTickMarkSpacingHint(100);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    chart.getStyler().setXAxisMin(0.0);
    // XChart puts the ticks on values that are equally spaced, its limits among them.
    chart.getStyler().setXAxisMax(1.003 * last);
  }

  /**
   * Returns an empty heat map of loads relative to their mean, which is 1, from 0 to 2; wide, with
   * vertical x labels of up to {@code letters} characters, 0 for horizontal labels.
   */
  public static HeatMapChart heatMap(String title, String x, String y, int rows, int letters) {
    int cell = cell(rows);
    int height = FRAME + LETTER * letters + Math.max(4 * MAX_CELL / 2, cell * rows);
    HeatMapChart chart = build(title, x, y, WIDTH, height);
    chart.getStyler().setXAxisLabelRotation(letters > 0 ? 90 : 0);
    colours(chart, 0, 2, DivergingScale::ofShare, false);
    return chart;
  }

  /**
   * Returns an empty heat map with square cells.
   *
   * @param letters of the longest row name
   */
  static HeatMapChart squares(
      String title, String x, String y, int columns, int rows, int letters) {
    int cell = cell(Math.max(columns, rows));
    int width = SIDE + LETTER * letters + cell * Math.max(columns, 8);
    return build(title, x, y, width, FRAME + cell * Math.max(rows, 4));
  }

  private static int cell(int most) {
    return Math.max(2, Math.min(MAX_CELL, MAX_SIDE / Math.max(1, most)));
  }

  private static HeatMapChart build(String title, String x, String y, int width, int height) {
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(width)
            .height(height)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    apply(chart.getStyler());
    chart.getStyler().setPlotContentSize(1);
    // XChart uses the x-axis hint to decide which y labels to omit, too.
    chart.getStyler().setXAxisTickMarkSpacingHint(1);
    chart.getStyler().setGradientColorColumnHeight((height - FRAME) / 2);
    chart.getStyler().setShowValue(false);
    chart.getStyler().setPlotGridLinesVisible(false);
    chart.getStyler().setAxisTicksMarksVisible(false);
    chart.getStyler().setValueFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
    chart.getStyler().setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
    return chart;
  }

  /**
   * Colours the cells.
   *
   * @param place of a value between -1 and 1; see {@link DivergingScale}
   * @param numbers whether every cell shows its value
   */
  static void colours(
      HeatMapChart chart, double min, double max, DoubleUnaryOperator place, boolean numbers) {
    chart.getStyler().setMin(min).setMax(max);
    chart.getStyler().setRangeColors(DivergingScale.between(min, max, place, numbers));
    chart.getStyler().setShowValue(numbers);
  }

  /** Returns the names of columns that end at these steps; only round steps have one. */
  static List<String> steps(List<Long> last) {
    long most = last.get(last.size() - 1);
    long each = round(Math.max(1, most / 8));
    return IntStream.range(0, last.size())
        .mapToObj(
            i -> {
              long multiple = last.get(i) / each * each;
              boolean has = multiple > 0 && (i == 0 || last.get(i - 1) < multiple);
              return has ? Long.toString(multiple) : " ".repeat(i + 1);
            })
        .toList();
  }

  /** Returns the least of 1, 2 and 5 times a power of ten that is not below. */
  private static long round(long least) {
    long power = 1;
    while (true) {
      for (int digit : new int[] {1, 2, 5}) {
        if (digit * power >= least) {
          return digit * power;
        }
      }
      power *= 10;
    }
  }

  /** Returns the names of experts, of which so many are blank that the rest can be read. */
  static List<String> numbers(int count) {
    int each = count <= MAX_NUMBERED ? 1 : count <= 64 ? 8 : 32;
    // Blanks differ in length, because the chart takes equal labels for one.
    return IntStream.range(0, count)
        .mapToObj(i -> i % each == 0 ? Integer.toString(i) : " ".repeat(i + 1))
        .toList();
  }
}
