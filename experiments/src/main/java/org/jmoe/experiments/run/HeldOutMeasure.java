package org.jmoe.experiments.run;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.experiments.data.Batches;
import org.jmoe.experiments.data.CorpusView;
import org.jmoe.experiments.data.OffHeap;
import org.jmoe.experiments.data.Packing;
import org.jmoe.experiments.data.Progress;
import org.jmoe.experiments.data.TokenCorpus;
import org.jmoe.experiments.data.TokenData;
import org.jmoe.experiments.train.Evaluation;
import org.jmoe.experiments.train.Evaluator;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * How well a trained model predicts.
 *
 * @param nats mean cross-entropy of a token
 * @param bitsPerByte null where the data does not tell its bytes
 * @param tokens it was taken over
 */
public record HeldOutMeasure(double nats, @Nullable Double bitsPerByte, long tokens) {
  private static final double SHARE = 0.05; // of data that marks no rows as held out

  /**
   * Measures on a run's own held-out data, or on all of other data.
   *
   * @param other file or folder of tokens; null for the run's own
   * @param batches most batches
   */
  public static HeldOutMeasure of(LoadedRun run, @Nullable Path other, long batches) {
    RunConfig config = run.config();
    Path data = other == null ? config.data().source().locate(Progress.none()) : other;
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(TokenData.open(data), config.model().vocabulary(), allocator)) {
      CorpusView view =
          other == null
              ? corpus.split(config.data().validation(), config.seed()).validation()
              : corpus.all();
      int sequence = config.training().sequence();
      Batches held =
          Batches.sequential(Packing.of(view, sequence), config.training().batch(), allocator);
      return of(run.model(), run.manager(), held, batches);
    }
  }

  /**
   * Measures any model on some data.
   *
   * @param heldOut whether on the held-out rows alone
   * @param sequence tokens that it reads together
   * @param batches most batches of one sequence
   */
  public static HeldOutMeasure of(
      LanguageModel model,
      NDManager manager,
      Path data,
      boolean heldOut,
      int sequence,
      long batches) {
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(TokenData.open(data), model.spec().vocabulary(), allocator)) {
      CorpusView view = heldOut ? corpus.split(SHARE, 0).validation() : corpus.all();
      Batches one = Batches.sequential(Packing.of(view, sequence), 1, allocator);
      return of(model, manager, one, batches);
    }
  }

  private static HeldOutMeasure of(
      LanguageModel model, NDManager manager, Batches held, long batches) {
    TokenCorpus corpus = held.packing().corpus();
    Evaluation evaluation =
        new Evaluator(model, manager, held, corpus.domains().size()).run(batches);
    return new HeldOutMeasure(
        evaluation.nats(), bitsPerByte(evaluation.nats(), corpus), evaluation.tokens());
  }

  /** Bits for each byte of text at so many nats a token, or null where its bytes are unknown. */
  static @Nullable Double bitsPerByte(double nats, TokenCorpus corpus) {
    return corpus.bytesPerToken().isPresent()
        ? nats / Math.log(2) / corpus.bytesPerToken().getAsDouble()
        : null;
  }
}
