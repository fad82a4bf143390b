package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jmoe.analysis.LayerAnalysis;
import org.jmoe.analysis.RoutingAnalysis;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.knowm.xchart.HeatMapChart;

/** Plots of a routing analysis. */
public final class RoutingPlots {
  private final Path folder;

  /** Creates plots in an existing folder. */
  public RoutingPlots(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes one image per set of labels, such as {@code token-class}, {@code coactivation} if tokens
   * have several experts, and {@code similarity}, as PNG and SVG; each with one heat map per layer.
   */
  public void draw(RoutingAnalysis analysis) {
    List<LabelSpecialisation> labels = analysis.layers().get(0).specialisations();
    for (int l = 0; l < labels.size(); l++) {
      List<HeatMapChart> charts = new ArrayList<>();
      for (LayerAnalysis layer : analysis.layers()) {
        charts.add(LabelChart.of(layer.layer(), layer.specialisations().get(l)));
      }
      save(labels.get(l).name(), charts);
    }
    save(
        "coactivation",
        analysis.layers().stream()
            .filter(LayerAnalysis::hasPairs)
            .map(PairChart::coactivation)
            .toList());
    save(
        "similarity",
        analysis.layers().stream()
            .filter(layer -> layer.experts() > 1)
            .map(PairChart::similarity)
            .toList());
  }

  private void save(String name, List<HeatMapChart> charts) {
    if (!charts.isEmpty()) {
      ChartImage.save(folder, name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"), charts);
    }
  }
}
