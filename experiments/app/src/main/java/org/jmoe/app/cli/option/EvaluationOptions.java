package org.jmoe.app.cli.option;

import java.nio.file.Path;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.EvaluationSpec;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that select the evaluation tokens. */
public final class EvaluationOptions {
  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Evaluate on this file or folder of tokens (default: the run's held-out data).")
  @Nullable Path data;

  @Mixin TokenOptions how = new TokenOptions();

  @Option(
      names = "--held-out",
      description =
          "Use only the held-out rows of --data: those it marks, or else those held out by"
              + " the run that trained the model.")
  boolean heldOut;

  @Option(
      names = "--batches",
      paramLabel = "N",
      description =
          "At most N batches, spread over the data (default: as many as summary.json was measured"
              + " on; of --data all).")
  @Nullable Long batches;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      description =
          "Sequence length (default: as in training; for a published checkpoint its"
              + " context, at most 1024).")
  @Nullable Integer sequence;

  /** Checks the numbers, before anything is opened. */
  public void check() {
    if (sequence != null && sequence < 1) {
      throw new UsageException("--sequence must be at least 1, not " + sequence + ".");
    }
    if (batches != null && batches < 1) {
      throw new UsageException("--batches must be at least 1, not " + batches + ".");
    }
  }

  /** Opens the tokens for a model. */
  public EvaluationData open(OpenedModel opened, TokenFormats formats) {
    return EvaluationData.open(of(opened, formats), opened.model().spec().vocabulary());
  }

  /** The tokens for a model. */
  public EvaluationSpec of(OpenedModel opened, TokenFormats formats) {
    int context = opened.model().spec().context();
    if (sequence != null && sequence > context) {
      throw new UsageException(
          "--sequence is %d, but the model reads at most %d tokens.".formatted(sequence, context));
    }
    EvaluationSpec asked = opened.evaluation(how.openOr(data, formats));
    if (heldOut && data != null) {
      TrainedRows trained = opened.trainedOn();
      asked = asked.withRows((corpus, tokens) -> trained.heldOut(corpus, tokens, opened.folder()));
    }
    if (sequence != null) {
      asked = asked.withSequence(sequence);
    }
    return batches == null ? asked : asked.withBatches(batches);
  }
}
