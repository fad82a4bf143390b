package org.jmoe.analysis;

import java.nio.file.Path;
import java.util.List;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.io.arrow.ArrowTable.Kind;

/** The part of {@link RoutingTables} about which tokens experts specialise in. */
final class SpecialisationTables {
  private final Path folder;

  SpecialisationTables(Path folder) {
    this.folder = folder;
  }

  /** Writes {@code labels}, {@code specialisation}, {@code tokens} and {@code contexts}. */
  void write(List<LayerAnalysis> layers, TokenTexts texts) {
    labels(layers);
    specialisation(layers);
    tokens(layers, texts);
    contexts(layers, texts);
  }

  private void labels(List<LayerAnalysis> layers) {
    ArrowTable table =
        new ArrowTable()
            .column("layer", Kind.UTF8)
            .column("labelling", Kind.UTF8)
            .column("label", Kind.UTF8)
            .column("expert", Kind.INT64)
            .column("count", Kind.INT64)
            .column("lift", Kind.FLOAT64);
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
            .column("layer", Kind.UTF8)
            .column("labelling", Kind.UTF8)
            .column("information", Kind.FLOAT64)
            .column("chanceInformation", Kind.FLOAT64)
            .column("purity", Kind.FLOAT64)
            .column("chancePurity", Kind.FLOAT64)
            .column("score", Kind.FLOAT64);
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
            .column("layer", Kind.UTF8)
            .column("expert", Kind.INT64)
            .column("id", Kind.INT64)
            .column("text", Kind.UTF8)
            .column("count", Kind.INT64)
            .column("total", Kind.INT64)
            .column("information", Kind.FLOAT64);
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
            .column("layer", Kind.UTF8)
            .column("expert", Kind.INT64)
            .column("weight", Kind.FLOAT64)
            .column("before", Kind.UTF8)
            .column("token", Kind.UTF8)
            .column("after", Kind.UTF8);
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
}
