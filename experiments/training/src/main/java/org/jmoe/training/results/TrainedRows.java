package org.jmoe.training.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Preconditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;

/**
 * Training and held-out rows of a model, stored in {@link #NAME} of an exported model, so that a
 * later evaluation can use exactly the rows that no run was trained on.
 *
 * @param runs runs that trained the model, in order
 */
public record TrainedRows(@JsonInclude(JsonInclude.Include.NON_EMPTY) List<Split> runs) {
  /** Name of the file. */
  public static final String NAME = "jmoe_training_data.json";

  /**
   * Data split of a run.
   *
   * @param dataSha256 SHA-256 of the token files
   * @param validation fraction held out, if the files do not mark held-out rows
   * @param seed seed of the run
   */
  public record Split(String dataSha256, double validation, long seed) {
    /** Validates the values. */
    public Split {
      requireSha256(dataSha256);
      Preconditions.checkArgument(
          validation >= 0 && validation < 1,
          "validation is %s, but must be at least 0 and below 1",
          validation);
    }
  }

  /** The keys of {@code provenance.json} that record the training data. */
  record Recorded(
      String dataSha256, @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Split> earlier) {
    Recorded {
      requireSha256(dataSha256);
    }
  }

  /** Makes a defensive copy; a missing list is empty. */
  public TrainedRows {
    runs = runs == null ? List.of() : List.copyOf(runs);
  }

  private static void requireSha256(String digest) {
    Preconditions.checkArgument(
        digest.matches("[0-9a-f]{64}"), "dataSha256 is '%s', but must be a SHA-256 digest", digest);
  }

  /**
   * Reads the file of a model's folder; returns no runs if there is none.
   *
   * @throws DataFormatException if the file is malformed
   */
  public static TrainedRows of(Path model) {
    Path file = model.resolve(NAME);
    return Files.exists(file)
        ? JsonFiles.read(file, TrainedRows.class)
        : new TrainedRows(List.of());
  }

  /**
   * Returns the runs that trained a run's initial weights, followed by the run itself; returns no
   * runs if its provenance is missing.
   *
   * @throws DataFormatException if its provenance is malformed
   */
  public static TrainedRows ofRun(RunDirectory run, double validation, long seed) {
    Path file = run.provenance();
    if (!Files.exists(file)) {
      return new TrainedRows(List.of());
    }
    ObjectNode tree = JsonFiles.object(file).retain("dataSha256", "earlier");
    Recorded recorded = JsonFiles.read(file, tree, Recorded.class);
    Split own = new Split(recorded.dataSha256(), validation, seed);
    return new TrainedRows(recorded.earlier()).and(new TrainedRows(List.of(own)));
  }

  /**
   * Returns the runs that trained initial weights.
   *
   * @param weights folder of a published checkpoint, or checkpoint file of a run
   * @param json mapper to read the run's configuration
   */
  public static TrainedRows ofWeights(Path weights, RunJson json) {
    if (Files.isDirectory(weights)) {
      return of(weights);
    }
    // runs/NAME/checkpoints/step-N/model.safetensors
    RunDirectory run = new RunDirectory(weights.toAbsolutePath().resolve("../../..").normalize());
    if (!Files.isRegularFile(run.config())) {
      return new TrainedRows(List.of());
    }
    JsonNode config = json.parse(run.config()); // its extensions may be unknown here
    return ofRun(run, config.at("/data/validation").asDouble(), config.path("seed").asLong());
  }

  /** Returns these runs, followed by later ones, without duplicates. */
  public TrainedRows and(TrainedRows later) {
    return new TrainedRows(Stream.concat(runs.stream(), later.runs.stream()).distinct().toList());
  }

  /** Writes the file to a model's folder. */
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
   * Returns the held-out rows of a corpus: those that it marks, or otherwise those that the runs
   * held out.
   *
   * @param model folder of the model, for messages
   * @throws ConfigException if they cannot be determined
   */
  public CorpusView heldOut(TokenCorpus corpus, TokenData data, Path model) {
    if (corpus.marksHeldOut()) {
      return corpus.split(0.5, 0).validation(); // the marks decide
    }
    String sha256 = data.sha256();
    List<Split> same = runs.stream().filter(r -> r.dataSha256().equals(sha256)).distinct().toList();
    if (same.size() == 1) {
      Split split = same.get(0);
      return corpus.split(split.validation(), split.seed()).validation();
    }
    String problem =
        runs.isEmpty()
            ? "does not record which rows it was trained on"
            : same.isEmpty()
                ? "was trained on other data with SHA-256 %s"
                    .formatted(runs.get(runs.size() - 1).dataSha256())
                : "was trained on these data by %d runs with different held-out rows"
                    .formatted(same.size());
    throw new ConfigException(
        "cannot determine the held-out rows of %s: the data mark none, and %s %s; omit --held-out to evaluate on all rows"
            .formatted(data.place(), model, problem));
  }
}
