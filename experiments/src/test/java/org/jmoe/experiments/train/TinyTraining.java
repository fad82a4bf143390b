package org.jmoe.experiments.train;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.experiments.data.Batches;
import org.jmoe.experiments.data.CorpusSplit;
import org.jmoe.experiments.data.OffHeap;
import org.jmoe.experiments.data.Packing;
import org.jmoe.experiments.data.TokenCorpus;
import org.jmoe.experiments.data.TokenData;
import org.jmoe.experiments.run.RunConfig;
import org.jmoe.experiments.run.TinyRuns;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;

/** A tiny model, its data and what happened to it, in memory. */
final class TinyTraining implements AutoCloseable, TrainingListener {
  final RunConfig config;
  final BufferAllocator allocator = OffHeap.allocator();
  final TokenCorpus corpus;
  final NDManager manager = NDManager.newBaseManager();
  final LanguageModel model;
  final Batches batches;
  final Batches held;
  final List<StepReport> steps = new ArrayList<>();
  final List<Evaluation> evaluations = new ArrayList<>();

  TinyTraining(Path folder, String... changes) {
    Path data = TinyRuns.corpus(folder);
    config = TinyRuns.config(data, changes);
    corpus = TokenCorpus.load(TokenData.open(data), allocator);
    CorpusSplit split = corpus.split(0.2, 1);
    int sequence = config.training().sequence();
    int batch = config.training().batch();
    batches = Batches.shuffled(Packing.of(split.train(), sequence), batch, 1, allocator);
    held = Batches.sequential(Packing.of(split.validation(), sequence), batch, allocator);
    model = config.model().build(seed().child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
  }

  private Seed seed() {
    return Seed.of(config.seed());
  }

  Evaluator evaluator() {
    return new Evaluator(model, manager, held, corpus.domains().size());
  }

  long train() {
    return train(this);
  }

  long train(TrainingListener listener) {
    return new Trainer(config.training(), model, manager, seed())
        .train(batches, evaluator(), listener);
  }

  @Override
  public void stepped(StepReport report) {
    steps.add(report);
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    evaluations.add(evaluation);
  }

  @Override
  public void close() {
    manager.close();
    corpus.close();
    allocator.close(); // throws where a batch was not closed
  }
}
