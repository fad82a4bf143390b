package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.Digests;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;

/**
 * Which rows a model was trained on and which were held out, as an exported model says it in {@link
 * #NAME}: a later evaluation can then take the very rows that no run has seen.
 *
 * @param runs that trained the model, one after another
 */
public record TrainedRows(List<Split> runs) {
  /** The file's name. */
  public static final String NAME = "jmoe_training_data.json";

  /**
   * How a run divided its data.
   *
   * @param dataSha256 of the token files
   * @param validation share held out, where the files mark no rows
   * @param seed of the run
   */
  public record Split(String dataSha256, double validation, long seed) {}

  /** Copies the list. */
  public TrainedRows {
    runs = List.copyOf(runs);
  }

  /** What a model's folder says; no runs where it says nothing. */
  public static TrainedRows of(Path model) {
    Path file = model.resolve(NAME);
    List<Split> runs = new ArrayList<>();
    if (Files.exists(file)) {
      for (JsonNode run : JsonFiles.parse(file).path("runs")) {
        runs.add(
            new Split(
                run.path("dataSha256").asText(),
                run.path("validation").asDouble(),
                run.path("seed").asLong()));
      }
    }
    return new TrainedRows(runs);
  }

  /** What a run's folder says; no runs where its data were never hashed. */
  public static TrainedRows ofRun(RunDirectory run, RunConfig config) {
    Path provenance = run.provenance();
    if (!Files.exists(provenance)) {
      return new TrainedRows(List.of());
    }
    String sha256 = JsonFiles.parse(provenance).path("dataSha256").asText();
    return new TrainedRows(List.of(new Split(sha256, config.data().validation(), config.seed())));
  }

  /** These runs, then others. */
  public TrainedRows and(TrainedRows later) {
    return new TrainedRows(ImmutableList.<Split>builder().addAll(runs).addAll(later.runs).build());
  }

  /** Writes it beside a model. */
  public void write(Path model) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    for (Split run : runs) {
      tree.withArray("runs")
          .addObject()
          .put("dataSha256", run.dataSha256())
          .put("validation", run.validation())
          .put("seed", run.seed());
    }
    try {
      RunDirectory.writeText(model.resolve(NAME), tree.toPrettyString() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + NAME, e);
    }
  }

  /**
   * The held-out rows of data: those that it marks, or else those that the runs held out.
   *
   * @param model its folder, for messages
   * @throws ConfigException when neither says which they are
   */
  public CorpusView heldOut(TokenCorpus corpus, Path data, Path model) {
    if (corpus.marksHeldOut()) {
      return corpus.split(0.5, 0).validation(); // the marks decide
    }
    String sha256 = Digests.sha256(TokenData.open(data).files());
    List<Split> same = runs.stream().filter(r -> r.dataSha256().equals(sha256)).distinct().toList();
    if (same.size() == 1) {
      Split split = same.get(0);
      return corpus.split(split.validation(), split.seed()).validation();
    }
    String problem =
        runs.isEmpty()
            ? "does not say which rows it was trained on"
            : same.isEmpty()
                ? "was trained on other data, of SHA-256 %s"
                    .formatted(runs.get(runs.size() - 1).dataSha256())
                : "was trained on it by %d runs that held out different rows"
                    .formatted(same.size());
    throw new ConfigException(
        "cannot tell the held-out rows of %s: it marks none, and %s %s; leave out --held-out to measure on all rows"
            .formatted(data, model, problem));
  }
}
