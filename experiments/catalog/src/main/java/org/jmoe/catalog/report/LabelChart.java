package org.jmoe.catalog.report;

import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.knowm.xchart.HeatMapChart;

/**
 * Over-representation (lift) of each label among the tokens of each expert. Labels with less than
 * one choice in a thousand are left out, since their lift is mostly noise.
 */
final class LabelChart {
  private static final int WIDEST = 16;
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
        ChartStyle.heatMap(
            layer.replace("model/", "")
                + ": lift per expert and "
                + by.name()
                + " (1 is no preference)",
            "expert",
            by.name(),
            labels.size());
    chart.addSeries(
        "lift",
        IntStream.range(0, experts).boxed().toList(),
        labels.stream().map(l -> by.labels().get(l)).toList(),
        cells);
    chart.getStyler().setMax(Math.ceil(10 * most) / 10);
    if (experts <= WIDEST) {
      ChartStyle.numbers(chart.getStyler(), "0.0");
    }
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
