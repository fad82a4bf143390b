package org.jmoe.catalog.report;

import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.HeatMapStyler;
import org.knowm.xchart.style.Styler;

/** Common style of all charts. */
public final class ChartStyle {
  private static final int ROW = 26;
  private static final int FRAME = 110;
  private static final int LETTER = 7;

  private ChartStyle() {}

  /** Colour scale, perceptually uniform and colour-blind safe (viridis). */
  private static Color[] scale() {
    return new Color[] {
      new Color(0x440154),
      new Color(0x3b528b),
      new Color(0x21918c),
      new Color(0x5ec962),
      new Color(0xfde725)
    };
  }

  /** Colour scale light enough for black numbers in the cells. */
  private static Color[] paleScale() {
    return new Color[] {
      new Color(0xffffff),
      new Color(0xe5f5f9),
      new Color(0xb5e2d8),
      new Color(0x84cdb4),
      new Color(0x53b68a)
    };
  }

  /** Shows a number in every cell and a label at every row and column. */
  static void numbers(HeatMapStyler styler, String pattern) {
    styler.setRangeColors(paleScale());
    styler.setShowValue(true).setHeatMapValueDecimalPattern(pattern);
    styler.setXAxisTickMarkSpacingHint(1);
  }

  /** Applies a white background and sans-serif fonts. */
  public static void apply(Styler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartTitleBoxVisible(false);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
  }

  /** Returns an empty heat map from 0 to 2, centred on the fair share. */
  public static HeatMapChart heatMap(String title, String x, String y, int rows) {
    return heatMap(title, x, y, rows, 0);
  }

  /**
   * Returns an empty heat map with vertical x labels of up to {@code letters} characters; 0 for
   * horizontal labels.
   */
  public static HeatMapChart heatMap(String title, String x, String y, int rows, int letters) {
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(900)
            .height(FRAME + LETTER * letters + ROW * Math.max(4, rows))
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    apply(chart.getStyler());
    chart.getStyler().setRangeColors(scale());
    chart.getStyler().setMin(0).setMax(2);
    chart.getStyler().setPlotContentSize(1);
    // XChart uses the x-axis hint to decide which y labels to omit, too.
    chart.getStyler().setXAxisTickMarkSpacingHint(ROW);
    chart.getStyler().setGradientColorColumnHeight(ROW * Math.max(4, rows) / 2);
    chart.getStyler().setShowValue(false);
    chart.getStyler().setXAxisLabelRotation(letters > 0 ? 90 : 0);
    return chart;
  }
}
