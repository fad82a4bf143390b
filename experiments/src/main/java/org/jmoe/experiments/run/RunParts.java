package org.jmoe.experiments.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.experiments.data.Batches;
import org.jmoe.experiments.data.CorpusSplit;
import org.jmoe.experiments.data.OffHeap;
import org.jmoe.experiments.data.Packing;
import org.jmoe.experiments.data.TokenCorpus;
import org.jmoe.experiments.data.TokenData;
import org.jmoe.experiments.train.Evaluator;
import org.jmoe.experiments.train.TrainingSpec;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * What a run trains with: data, model and measure, made of a configuration and its seed.
 *
 * @param seed of the run
 * @param allocator of the tokens
 * @param corpus all tokens
 * @param manager owns the model's parameters
 * @param model as drawn
 * @param batches to train on
 * @param evaluator on held-out data
 */
record RunParts(
    Seed seed,
    BufferAllocator allocator,
    TokenCorpus corpus,
    NDManager manager,
    LanguageModel model,
    Batches batches,
    Evaluator evaluator)
    implements AutoCloseable {

  /**
   * Loads and draws.
   *
   * @throws ConfigException when data and model do not fit together
   */
  static RunParts open(RunConfig config, Path data) {
    BufferAllocator allocator = OffHeap.allocator();
    NDManager manager = NDManager.newBaseManager();
    @Nullable TokenCorpus corpus = null;
    boolean open = false;
    try {
      corpus = TokenCorpus.load(TokenData.open(data), allocator);
      requireVocabulary(config, corpus, data);
      RunParts parts = of(config, corpus, allocator, manager);
      open = true;
      return parts;
    } finally {
      if (!open) {
        manager.close();
        if (corpus != null) {
          corpus.close();
        }
        allocator.close();
      }
    }
  }

  private static RunParts of(
      RunConfig config, TokenCorpus corpus, BufferAllocator allocator, NDManager manager) {
    TrainingSpec training = config.training();
    CorpusSplit split = corpus.split(config.data().validation(), config.seed());
    Packing train = Packing.of(split.train(), training.sequence());
    Packing held = Packing.of(split.validation(), training.sequence());
    Seed seed = Seed.of(config.seed());
    LanguageModel model = config.model().build(seed.child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    long order = seed.child("data").value();
    Batches sequential = Batches.sequential(held, training.batch(), allocator);
    return new RunParts(
        seed,
        allocator,
        corpus,
        manager,
        model,
        Batches.shuffled(train, training.batch(), order, allocator),
        new Evaluator(model, manager, sequential, corpus.domains().size()));
  }

  private static void requireVocabulary(RunConfig config, TokenCorpus corpus, Path data) {
    if (corpus.vocabulary() > config.model().vocabulary()) {
      throw new ConfigException(
          "%s has token ids up to %d, outside model.vocabulary = %d; use --set model.vocabulary=%d"
              .formatted(
                  data, corpus.vocabulary() - 1, config.model().vocabulary(), corpus.vocabulary()));
    }
  }

  @Override
  public void close() {
    try {
      manager.close();
      corpus.close();
    } finally {
      allocator.close(); // last: it says what was not given back
    }
  }
}
