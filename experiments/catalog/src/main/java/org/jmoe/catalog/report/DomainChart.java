package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
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
            layer.layer() + ": fraction of each domain's choices per expert (1 is the fair share)",
            "domain",
            "expert",
            experts);
    chart.addSeries("share", domains, IntStream.range(0, experts).boxed().toList(), cells);
    chart.getStyler().setShowValue(domains.size() <= 16).setHeatMapValueDecimalPattern("0.0");
    return chart;
  }
}
