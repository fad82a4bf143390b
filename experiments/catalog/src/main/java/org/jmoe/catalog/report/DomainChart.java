package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jmoe.training.results.LayerSummary;
import org.knowm.xchart.HeatMapChart;

/** Preference of each domain for each expert of a layer; 1 is no preference. */
final class DomainChart {
  private DomainChart() {}

  static HeatMapChart of(LayerSummary layer) {
    int experts = layer.load().size();
    List<String> domains = layer.domains().keySet().stream().sorted().toList();
    List<Number[]> cells = new ArrayList<>();
    for (int d = 0; d < domains.size(); d++) {
      List<Double> shares = Objects.requireNonNull(layer.domains().get(domains.get(d)));
      for (int e = 0; e < experts; e++) {
        cells.add(new Number[] {d, e, shares.get(e) * experts});
      }
    }
    HeatMapChart chart =
        ChartStyle.heatMap(
            layer.layer().replace("model/", "") + ": choices per expert and domain (1 is the mean)",
            "domain",
            "expert",
            experts,
            0);
    chart.addSeries("share", domains, ChartStyle.numbers(experts), cells);
    boolean numbered = Math.max(experts, domains.size()) <= ChartStyle.MAX_NUMBERED;
    double most = cells.stream().mapToDouble(cell -> cell[2].doubleValue()).max().orElse(2);
    ChartStyle.colours(
        chart, 0, Math.max(2, Math.ceil(10 * most) / 10), DivergingScale::ofShare, numbered);
    chart.getStyler().setHeatMapValueDecimalPattern("0.0");
    return chart;
  }
}
