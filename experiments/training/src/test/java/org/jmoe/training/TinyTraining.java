package org.jmoe.training;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.CorpusSplit;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;

/** A tiny model with its data and training results, in memory. */
public final class TinyTraining implements AutoCloseable, TrainingListener {
  public final RunConfig config;
  final BufferAllocator allocator = OffHeap.allocator();
  final TokenCorpus corpus;
  public final NDManager manager = NDManager.newBaseManager();
  public final LanguageModel model;
  final Batches batches;
  public final Batches held;
  final List<StepReport> steps = new ArrayList<>();
  final List<Evaluation> evaluations = new ArrayList<>();

  public TinyTraining(Path folder, String... changes) {
    this(TokenData.open(TinyRuns.corpus(folder)), List.of(changes));
  }

  /** The same on other tokens. */
  TinyTraining(TokenData data, List<String> changes) {
    config = TinyRuns.config(Path.of(data.place()), changes.toArray(String[]::new));
    corpus = TokenCorpus.load(data, allocator);
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

  public Evaluator evaluator() {
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
    allocator.close(); // throws if a batch was not closed
  }
}
