package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.analysis.labels.LabelSpecialisation;
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
    labels(analysis.layers());
    specialisation(analysis.layers());
    tokens(analysis.layers(), texts);
    contexts(analysis.layers(), texts);
    pairs(analysis.layers());
    overlaps(analysis.overlaps());
  }

  private void layers(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.NAME)
            .column("experts", Kind.WHOLE)
            .column("tokens", Kind.WHOLE)
            .column("soft", Kind.WHOLE)
            .column("variation", Kind.REAL)
            .column("maxOverMean", Kind.REAL)
            .column("maxVioBatch", Kind.REAL)
            .column("maxVioGlobal", Kind.REAL)
            .column("entropy", Kind.REAL)
            .column("confidence", Kind.REAL)
            .column("droppedShare", Kind.REAL)
            .column("deadExperts", Kind.WHOLE);
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
            .column("layer", Kind.NAME)
            .column("expert", Kind.WHOLE)
            .column("asked", Kind.WHOLE)
            .column("kept", Kind.WHOLE)
            .column("share", Kind.REAL);
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
            .column("layer", Kind.NAME)
            .column("experts", Kind.WHOLE)
            .column("tokens", Kind.WHOLE);
    for (LayerAnalysis layer : layers) {
      for (int n = 0; n < layer.load().expertsPerToken().length(); n++) {
        table.row(layer.layer(), (long) n, layer.load().expertsPerToken().get(n));
      }
    }
    table.write(folder.resolve("served.arrow"));
  }

  private void labels(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.NAME)
            .column("labelling", Kind.NAME)
            .column("label", Kind.NAME)
            .column("expert", Kind.WHOLE)
            .column("count", Kind.WHOLE)
            .column("lift", Kind.REAL);
    for (LayerAnalysis layer : layers) {
      for (LabelSpecialisation by : layer.specialisations()) {
        for (int l = 0; l < by.labels().size(); l++) {
          for (int e = 0; e < layer.experts(); e++) {
            table.row(
                layer.layer(),
                by.name(),
                by.labels().get(l),
                (long) e,
                by.measured().counts().get(e).get(l),
                by.lift(e, l));
          }
        }
      }
    }
    table.write(folder.resolve("labels.arrow"));
  }

  private void specialisation(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.NAME)
            .column("labelling", Kind.NAME)
            .column("information", Kind.REAL)
            .column("chanceInformation", Kind.REAL)
            .column("purity", Kind.REAL)
            .column("chancePurity", Kind.REAL)
            .column("score", Kind.REAL);
    for (LayerAnalysis layer : layers) {
      for (LabelSpecialisation by : layer.specialisations()) {
        table.row(
            layer.layer(),
            by.name(),
            by.measured().information(),
            by.measured().chanceInformation(),
            by.measured().purity(),
            by.measured().chancePurity(),
            by.measured().score());
      }
    }
    table.write(folder.resolve("specialisation.arrow"));
  }

  private void tokens(List<LayerAnalysis> layers, TokenTexts texts) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.NAME)
            .column("expert", Kind.WHOLE)
            .column("id", Kind.WHOLE)
            .column("text", Kind.NAME)
            .column("count", Kind.WHOLE)
            .column("total", Kind.WHOLE)
            .column("information", Kind.REAL);
    for (LayerAnalysis layer : layers) {
      for (int e = 0; e < layer.experts(); e++) {
        for (TypicalToken token : layer.typical().get(e)) {
          table.row(
              layer.layer(),
              (long) e,
              (long) token.id(),
              texts.show(token.id()),
              token.count(),
              token.total(),
              token.information());
        }
      }
    }
    table.write(folder.resolve("tokens.arrow"));
  }

  private void contexts(List<LayerAnalysis> layers, TokenTexts texts) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.NAME)
            .column("expert", Kind.WHOLE)
            .column("weight", Kind.REAL)
            .column("before", Kind.NAME)
            .column("token", Kind.NAME)
            .column("after", Kind.NAME);
    for (LayerAnalysis layer : layers) {
      for (int e = 0; e < layer.experts(); e++) {
        for (TokenContext context : layer.contexts().get(e)) {
          table.row(
              layer.layer(),
              (long) e,
              context.weight(),
              texts.show(context.before().toArray()),
              texts.show(context.token()),
              texts.show(context.after().toArray()));
        }
      }
    }
    table.write(folder.resolve("contexts.arrow"));
  }

  /** One row per pair of experts; NaN if not measured. */
  private void pairs(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.NAME)
            .column("expert", Kind.WHOLE)
            .column("other", Kind.WHOLE)
            .column("together", Kind.WHOLE)
            .column("lift", Kind.REAL)
            .column("weightCosine", Kind.REAL)
            .column("outputCosine", Kind.REAL);
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
            .column("layer", Kind.NAME)
            .column("other", Kind.NAME)
            .column("agreement", Kind.REAL)
            .column("chance", Kind.REAL);
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
            .column("layer", Kind.NAME)
            .column("from", Kind.WHOLE)
            .column("to", Kind.WHOLE)
            .column("sameTokens", Kind.REAL)
            .column("keptChoices", Kind.REAL)
            .column("chance", Kind.REAL);
    for (RoutingStability row : stability) {
      table.row(
          row.layer(), row.from(), row.to(), row.sameTokens(), row.keptChoices(), row.chance());
    }
    table.write(folder.resolve("stability.arrow"));
  }
}
