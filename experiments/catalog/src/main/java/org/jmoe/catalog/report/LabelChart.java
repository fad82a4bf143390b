package org.jmoe.catalog.report;

import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.knowm.xchart.HeatMapChart;

/**
 * Over-representation (lift) of each label among the tokens of each expert. Labels with less than
 * one choice in a thousand are left out, since their lift is mostly noise.
 */
final class LabelChart {
  private static final long RARE = 1000;

  private LabelChart() {}

  static HeatMapChart of(String layer, LabelSpecialisation by) {
    int experts = by.measured().counts().size();
    List<Integer> labels = common(by);
    List<Number[]> cells = new ArrayList<>();
    double most = 2;
    for (int row = 0; row < labels.size(); row++) {
      for (int e = 0; e < experts; e++) {
        double lift = by.lift(e, labels.get(row));
        most = Math.max(most, lift);
        cells.add(new Number[] {e, row, lift});
      }
    }
    HeatMapChart chart =
        ChartStyle.squares(
            layer.replace("model/", "") + ": lift by " + by.name(),
            "expert",
            by.name(),
            experts,
            labels.size(),
            labels.stream().mapToInt(l -> by.labels().get(l).length()).max().orElse(0));
    chart.addSeries(
        "lift",
        ChartStyle.numbers(experts),
        labels.stream().map(l -> by.labels().get(l)).toList(),
        cells);
    boolean numbered = Math.max(experts, labels.size()) <= ChartStyle.MAX_NUMBERED;
    ChartStyle.colours(chart, 0, Math.ceil(10 * most) / 10, DivergingScale::ofRatio, numbered);
    chart.getStyler().setHeatMapValueDecimalPattern("0.0");
    return chart;
  }

  /** From last to first, since chart rows grow upwards. */
  private static List<Integer> common(LabelSpecialisation by) {
    List<ImmutableLongArray> counts = by.measured().counts();
    long all = counts.stream().mapToLong(row -> row.stream().sum()).sum();
    List<Integer> labels = new ArrayList<>();
    for (int l = by.labels().size() - 1; l >= 0; l--) {
      int label = l;
      long count = counts.stream().mapToLong(row -> row.get(label)).sum();
      if (count > 0 && count * RARE >= all) {
        labels.add(l);
      }
    }
    return labels;
  }
}
