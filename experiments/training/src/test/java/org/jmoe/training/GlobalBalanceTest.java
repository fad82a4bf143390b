package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.devices.Transport;
import org.jmoe.layer.StepCounts;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Blocks;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Megatron's global balance loss over the micro-batches and replicas of a step. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class GlobalBalanceTest {
  private static final String GLOBAL = losses("MegatronGlobalBalance\"");
  private static final String LOCAL = losses("MegatronBalance\",\"perSequence\":false");

  @TempDir Path folder = Path.of("");

  private static String losses(String type) {
    return "training.losses=[{\"loss\":{\"type\":\"" + type + "},\"coefficient\":1}]";
  }

  private static double penalty(TinyTraining tiny) {
    return tiny.steps.get(0).penalties().values().iterator().next();
  }

  /**
   * With a single micro-batch, global and local losses agree; later micro-batches see earlier
   * counts.
   */
  @Test
  void countsAccumulateOverTheMicroBatchesOfAStep() {
    try (TinyTraining global = new TinyTraining(folder, GLOBAL);
        TinyTraining local = new TinyTraining(folder, LOCAL);
        TinyTraining globals = new TinyTraining(folder, GLOBAL, "training.accumulation=4");
        TinyTraining locals = new TinyTraining(folder, LOCAL, "training.accumulation=4")) {
      List.of(global, local, globals, locals).forEach(TinyTraining::train);
      assertEquals(penalty(local), penalty(global), 1e-6);
      assertNotEquals(penalty(locals), penalty(globals), 1e-6);
      // Random differences between micro-batches look like imbalance to the local loss.
      assertTrue(penalty(globals) < penalty(locals), penalty(globals) + " " + penalty(locals));
      assertEquals(
          global.config, TinyRuns.json().read(TinyRuns.json().write(global.config)), "read back");
    }
  }

  /** Two replicas are bit-identical to one model that computes both micro-batches. */
  @Test
  void replicasMatchMicroBatches() {
    String[] changes = {GLOBAL, "training.accumulation=2"};
    List<NamedDevice> cpus =
        IntStream.range(0, 2).mapToObj(i -> new NamedDevice("cpu", i)).toList();
    DeviceLayout layout = new DeviceLayout(cpus, 2, Transport.direct());
    try (TinyTraining alone = new TinyTraining(folder, changes);
        TinyTraining tiny = new TinyTraining(folder, changes);
        NDManager first = NDManager.newBaseManager();
        NDManager second = NDManager.newBaseManager()) {
      alone.train();
      List<LanguageModel> models = new ArrayList<>();
      for (int copy = 0; copy < 2; copy++) {
        LanguageModel model =
            layout
                .on(layout.groups().get(copy), tiny.config.model())
                .build(Seed.of(tiny.config.seed()).child("model"));
        model.initialize(copy == 0 ? first : second, DataType.FLOAT32, new Shape(1, 1));
        models.add(model);
      }
      try (Replicas replicas = new Replicas(models, List.of(first, second))) {
        new Trainer(tiny.config.training(), replicas, Seed.of(tiny.config.seed()), null)
            .train(tiny.batches, new Evaluator(models.get(0), first, tiny.held, 2), tiny);
      }
      for (int step = 0; step < 4; step++) {
        assertEquals(alone.steps.get(step).penalties(), tiny.steps.get(step).penalties());
        assertEquals(alone.steps.get(step).gradientNorm(), tiny.steps.get(step).gradientNorm());
      }
      assertArrayEquals(
          Blocks.parameter(alone.model, "router/gate").toFloatArray(),
          Blocks.parameter(models.get(0), "router/gate").toFloatArray());
    }
  }

  @Test
  void microBatchWaitsForEarlierOnes() {
    SharedCounts counts = new SharedCounts(3, 0);
    CompletableFuture<StepCounts.Earlier> last =
        CompletableFuture.supplyAsync(
            () -> counts.of(2).exchange("a", ImmutableLongArray.of(100, 100)));
    counts.of(0).exchange("a", ImmutableLongArray.of(1, 2));
    counts.of(0).exchange("b", ImmutableLongArray.of(7, 7));
    counts.of(1).exchange("a", ImmutableLongArray.of(3, 4));
    assertEquals(new StepCounts.Earlier(ImmutableLongArray.of(4, 6), 2), last.join());
  }

  @Test
  void failedMicroBatchReleasesWaiters() {
    SharedCounts counts = new SharedCounts(2, 0);
    CompletableFuture<StepCounts.Earlier> second =
        CompletableFuture.supplyAsync(
            () -> counts.of(1).exchange("a", ImmutableLongArray.of(1, 1)));
    counts.fail(0);
    assertThrows(CompletionException.class, second::join);
  }
}
