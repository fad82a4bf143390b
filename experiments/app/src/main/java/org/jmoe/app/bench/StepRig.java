package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.CorpusSplit;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.SyntheticCorpus;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.training.StepReport;
import org.jmoe.training.Trainer;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.transformer.LanguageModel;

/**
 * Times complete training steps on random text, interleaved with one square matmul and the checks
 * of a step, so all run under the same conditions.
 */
final class StepRig implements TrainingListener {
  private static final int WARM_UP = 3;
  private static final int SQUARE = 1024;

  private final RunConfig config;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private int steps;
  private long start;
  private long allocated;
  private double minStep = Double.POSITIVE_INFINITY; // seconds
  private double minMatmul = Double.POSITIVE_INFINITY;
  private double minBatch = Double.POSITIVE_INFINITY;
  private double minChecks = Double.POSITIVE_INFINITY;
  private long minHeap = Long.MAX_VALUE;

  StepRig(RunConfig config) {
    this.config = config;
  }

  /**
   * Minima over all timed steps.
   *
   * @param stepSeconds time per step
   * @param batchSeconds time to read a batch
   * @param checkSeconds time to check for non-finite logits in every layer and token ids out of
   *     range
   * @param heapBytes Java heap allocated per step
   * @param peak floating-point operations per second of a square float32 matmul
   */
  record Times(
      double stepSeconds, double batchSeconds, double checkSeconds, long heapBytes, double peak) {}

  Times run() throws IOException {
    Path file = Files.createTempFile("jmoe-bench", ".arrow");
    try (BufferAllocator allocator = OffHeap.allocator();
        NDManager manager = NDManager.newBaseManager()) {
      int sequence = config.training().sequence();
      new SyntheticCorpus(SyntheticCorpus.Spec.of(2, 256, 3).withSequences(512, sequence + 1))
          .write(file, true, new HeldOut(0.1, 0));
      try (TokenCorpus corpus = TokenCorpus.load(TokenData.open(file), allocator)) {
        train(corpus, allocator, manager);
      }
    } finally {
      Files.deleteIfExists(file);
    }
    double flops = 2.0 * SQUARE * SQUARE * SQUARE;
    return new Times(minStep, minBatch, minChecks, minHeap, flops / minMatmul);
  }

  private void train(TokenCorpus corpus, BufferAllocator allocator, NDManager manager) {
    CorpusSplit split = corpus.split(0.1, 1);
    int sequence = config.training().sequence();
    int size = config.training().batch();
    Batches batches = Batches.shuffled(Packing.of(split.train(), sequence), size, 1, allocator);
    Batches held = Batches.sequential(Packing.of(split.validation(), sequence), size, allocator);
    for (int i = 0; i < 20; i++) {
      long before = System.nanoTime();
      batches.at(i).close();
      minBatch = Math.min(minBatch, (System.nanoTime() - before) / 1e9);
    }
    Seed seed = Seed.of(config.seed());
    LanguageModel model = config.model().build(seed.child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    Evaluator evaluator = new Evaluator(model, manager, held, corpus.domains().size());
    begin();
    new Trainer(config.training(), model, manager, seed).train(batches, evaluator, this);
  }

  private void begin() {
    allocated = threads.getCurrentThreadAllocatedBytes();
    start = System.nanoTime();
  }

  @Override
  public void stepped(StepReport report) {
    long end = System.nanoTime();
    long heap = threads.getCurrentThreadAllocatedBytes() - allocated;
    if (++steps > WARM_UP) {
      minStep = Math.min(minStep, (end - start) / 1e9);
      minHeap = Math.min(minHeap, heap);
      minMatmul = Math.min(minMatmul, matmul());
      minChecks = Math.min(minChecks, checks());
    }
    begin();
  }

  private static double matmul() {
    return NoGrad.get(
        () -> {
          try (NDManager scope = NDManager.newBaseManager()) {
            NDArray a = Ops.normal(scope.zeros(new Shape(SQUARE, SQUARE)), Seed.of(1));
            return fastest(() -> a.matMul(a).close());
          }
        });
  }

  private double checks() {
    return NoGrad.get(
        () -> {
          try (NDManager scope = NDManager.newBaseManager()) {
            long tokens = config.training().tokensPerStep();
            MoeLayer.Spec moe = config.model().firstMoe().orElse(null);
            long experts = moe == null ? 1 : moe.experts();
            NDArray logits = Ops.normal(scope.zeros(new Shape(tokens, experts)), Seed.of(1));
            NDArray ids = scope.zeros(new Shape(tokens), DataType.INT32);
            return config.model().layerCount() * fastest(() -> Ops.firstNonFiniteRow(logits))
                + fastest(() -> Ops.firstOutOfRange(ids, config.model().vocabulary()));
          }
        });
  }

  private static double fastest(Runnable work) {
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 5; i++) {
      long before = System.nanoTime();
      work.run();
      fastest = Math.min(fastest, (System.nanoTime() - before) / 1e9);
    }
    return fastest;
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    begin();
  }
}
