package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jmoe.training.results.LayerSummary;
import org.knowm.xchart.HeatMapChart;

/** How far each domain prefers each expert of a layer, 1 being no preference. */
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
        Look.heatMap(
            layer.layer() + ": share of each domain that an expert gets (1 is its fair share)",
            "domain",
            "expert",
            experts);
    chart.addSeries("share", domains, IntStream.range(0, experts).boxed().toList(), cells);
    chart.getStyler().setShowValue(domains.size() <= 16).setHeatMapValueDecimalPattern("0.0");
    return chart;
  }
}
