package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.io.arrow.ArrowTable.Kind;

/** Writes an analysis as Arrow files, one per kind of row, for any data-frame library. */
public final class RoutingTables {
  private final Path folder;

  /** Creates a writer into an existing folder. */
  public RoutingTables(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes {@code layers}, {@code experts}, {@code served}, {@code labels}, {@code specialisation},
   * {@code tokens}, {@code contexts}, {@code pairs} and {@code overlaps}, all {@code .arrow}.
   */
  public void write(RoutingAnalysis analysis, TokenTexts texts) {
    layers(analysis.layers());
    experts(analysis.layers());
    served(analysis.layers());
    new SpecialisationTables(folder).write(analysis.layers(), texts);
    pairs(analysis.layers());
    overlaps(analysis.overlaps());
  }

  private void layers(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("experts", Kind.INT64)
            .column("tokens", Kind.INT64)
            .column("soft", Kind.INT64)
            .column("variation", Kind.FLOAT64)
            .column("maxOverMean", Kind.FLOAT64)
            .column("maxVioBatch", Kind.FLOAT64)
            .column("maxVioGlobal", Kind.FLOAT64)
            .column("entropy", Kind.FLOAT64)
            .column("confidence", Kind.FLOAT64)
            .column("droppedShare", Kind.FLOAT64)
            .column("deadExperts", Kind.INT64);
    for (LayerAnalysis layer : layers) {
      table.row(
          layer.layer(),
          (long) layer.experts(),
          layer.load().tokens(),
          layer.soft() ? 1L : 0L,
          layer.load().variation(),
          layer.load().maxOverMean(),
          layer.batchViolation(),
          layer.load().maxViolation(),
          layer.gate().entropy(),
          layer.gate().confidence(),
          layer.load().droppedShare(),
          layer.load().deadExperts());
    }
    table.write(folder.resolve("layers.arrow"));
  }

  private void experts(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("expert", Kind.INT64)
            .column("asked", Kind.INT64)
            .column("kept", Kind.INT64)
            .column("share", Kind.FLOAT64);
    for (LayerAnalysis layer : layers) {
      for (int e = 0; e < layer.experts(); e++) {
        table.row(
            layer.layer(),
            (long) e,
            layer.load().choices().get(e),
            layer.load().kept().get(e),
            layer.share(e));
      }
    }
    table.write(folder.resolve("experts.arrow"));
  }

  private void served(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("experts", Kind.INT64)
            .column("tokens", Kind.INT64);
    for (LayerAnalysis layer : layers) {
      for (int n = 0; n < layer.load().expertsPerToken().length(); n++) {
        table.row(layer.layer(), (long) n, layer.load().expertsPerToken().get(n));
      }
    }
    table.write(folder.resolve("served.arrow"));
  }

  /** One row per pair of experts; NaN if not measured. */
  private void pairs(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("expert", Kind.INT64)
            .column("other", Kind.INT64)
            .column("together", Kind.INT64)
            .column("lift", Kind.FLOAT64)
            .column("weightCosine", Kind.FLOAT64)
            .column("outputCosine", Kind.FLOAT64);
    for (LayerAnalysis layer : layers) {
      for (int a = 0; a < layer.experts(); a++) {
        for (int b = a + 1; b < layer.experts(); b++) {
          boolean counted = !layer.pairs().isEmpty();
          table.row(
              layer.layer(),
              (long) a,
              (long) b,
              counted ? layer.pairs().get(a).get(b) : -1L,
              counted ? layer.pairLift(a, b) : Double.NaN,
              layer.similarity().ofWeights(a, b),
              layer.similarity().ofOutputs(a, b));
        }
      }
    }
    table.write(folder.resolve("pairs.arrow"));
  }

  private void overlaps(List<LayerOverlap> overlaps) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("other", Kind.UTF8)
            .column("agreement", Kind.FLOAT64)
            .column("chance", Kind.FLOAT64);
    for (LayerOverlap overlap : overlaps) {
      table.row(
          overlap.layer(),
          overlap.other(),
          overlap.overlap().agreement(),
          overlap.overlap().chance());
    }
    table.write(folder.resolve("overlaps.arrow"));
  }

  /** Writes {@code stability.arrow}. */
  public void write(ImmutableList<RoutingStability> stability) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("from", Kind.INT64)
            .column("to", Kind.INT64)
            .column("sameTokens", Kind.FLOAT64)
            .column("keptChoices", Kind.FLOAT64)
            .column("chance", Kind.FLOAT64);
    for (RoutingStability row : stability) {
      table.row(
          row.layer(), row.from(), row.to(), row.sameTokens(), row.keptChoices(), row.chance());
    }
    table.write(folder.resolve("stability.arrow"));
  }
}
