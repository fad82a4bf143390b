package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.jmoe.tensor.Seed;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConcurrencyTest {
  @TempDir Path folder = Path.of("");

  @Test
  void concurrentEvaluationsAgreeWithoutLeaks() throws InterruptedException, ExecutionException {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(TokenData.open(folder.resolve("tiny.arrow")), allocator);
        NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = model(config, manager);
      Packing packing = Packing.of(corpus.all(), 16);
      Evaluator evaluator =
          new Evaluator(
              model, manager, Batches.sequential(packing, 4, allocator), corpus.domains().size());
      Evaluation serial = evaluator.run(8);
      int arrays = manager.getManagedArrays().size();
      List<Future<Evaluation>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        all.add(threads.submit(() -> evaluator.run(8)));
      }
      for (Future<Evaluation> each : all) {
        assertEquals(serial, each.get());
      }
      assertEquals(arrays, manager.getManagedArrays().size());
    } finally {
      threads.shutdownNow();
    }
  }

  /** A concurrent reader sees only complete checkpoints. */
  @Test
  void checkpointsReadDuringTrainingAreComplete() throws InterruptedException, ExecutionException {
    RunConfig config =
        TinyRuns.config(
            TinyRuns.corpus(folder),
            "training.steps=60",
            "training.evaluateEvery=60",
            "training.checkpoint.every=1");
    Path out = folder.resolve("out");
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Integer> seen = reader.submit(() -> read(config, out.resolve("checkpoints"), done));
      Run.of(config).execute(out);
      done.set(true);
      assertTrue(seen.get() > 3, "saw " + seen.get());
    } finally {
      reader.shutdownNow();
    }
  }

  private static int read(RunConfig config, Path checkpoints, AtomicBoolean done) {
    int count = 0;
    long last = 0;
    List<String> messages = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = model(config, manager);
      while (!done.get()) {
        OptionalLong step = Checkpoint.loadLatest(model, checkpoints, manager, messages::add);
        if (step.isPresent()) {
          assertTrue(step.getAsLong() >= last, "went back from " + last);
          last = step.getAsLong();
          count++;
        }
      }
    }
    assertEquals(List.of(), messages);
    return count;
  }

  private static LanguageModel model(RunConfig config, NDManager manager) {
    LanguageModel model = config.model().build(Seed.of(1).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }
}
