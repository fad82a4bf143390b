package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jmoe.analysis.LayerAnalysis;
import org.jmoe.analysis.RoutingAnalysis;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.knowm.xchart.HeatMapChart;

/** Draws what an analysis of routing found. */
public final class RoutingPictures {
  private final Path folder;

  /** Draws into a folder that is there. */
  public RoutingPictures(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes a picture for each labelling, such as {@code token-class.png}, and {@code
   * coactivation.png} where tokens have several experts, and {@code similarity.png}; each with a
   * heat map for every layer.
   */
  public void draw(RoutingAnalysis analysis) {
    List<LabelSpecialisation> labellings = analysis.layers().get(0).specialisations();
    for (int l = 0; l < labellings.size(); l++) {
      List<HeatMapChart> charts = new ArrayList<>();
      for (LayerAnalysis layer : analysis.layers()) {
        charts.add(LabelChart.of(layer.layer(), layer.specialisations().get(l)));
      }
      save(labellings.get(l).labelling(), charts);
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
      String file = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".png";
      Picture.save(folder.resolve(file), charts);
    }
  }
}
