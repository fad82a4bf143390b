package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.data.batch.Batch;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batch ramp and sequence-length warm-up. */
final class RampTest {
  private static final String RAMP = "training.batchRamp={\"from\":1,\"steps\":4}";
  private static final String WARMUP = "training.sequenceWarmup={\"from\":4,\"steps\":8}";

  @TempDir Path folder = Path.of("");

  private TrainingSpec spec(String... changes) {
    return TinyRuns.config(TinyRuns.corpus(folder), changes).training();
  }

  @Test
  void microBatchesRise() {
    TrainingSpec spec = spec("training.accumulation=5", RAMP);
    assertEquals(
        List.of(1, 2, 3, 4, 5, 5), IntStream.range(0, 6).mapToObj(spec::microBatches).toList());
    assertEquals(1 + 2 + 3 + 4 + 5 + 5, spec.microBatchesBefore(6));
    assertEquals(3 * 4 * 16, spec.tokensBefore(2));
  }

  @Test
  void sequencesDouble() {
    TrainingSpec spec = spec(WARMUP); // 4, 5.5, 7, 8.5, 10, 11.5, 13, 14.5, 16
    assertEquals(
        List.of(4, 4, 4, 8, 8, 8, 8, 8, 16, 16),
        IntStream.range(0, 10).mapToObj(spec::sequenceAt).toList());
  }

  /** The batches of a ramp follow one another: as many steps of one micro-batch see the same. */
  @Test
  void stepsReadConsecutiveBatches() {
    try (TinyTraining ramped = new TinyTraining(folder, "training.accumulation=5", RAMP);
        TinyTraining start = new TinyTraining(folder)) {
      ramped.train();
      start.train();
      assertEquals(start.steps.get(0).nats(), ramped.steps.get(0).nats());
      assertEquals(start.steps.get(0).gradientNorm(), ramped.steps.get(0).gradientNorm());
      assertEquals(
          List.of(64L, 128L, 192L, 256L), ramped.steps.stream().map(StepReport::tokens).toList());
    }
  }

  @Test
  void warmedUpSequencesAreParts() {
    try (TinyTraining tiny = new TinyTraining(folder, WARMUP);
        Batch batch = tiny.batches.at(0).cut(4);
        NDManager scope = tiny.manager.newSubManager()) {
      NDArray ids = batch.inputs(scope); // (16, 4)
      assertEquals(16, ids.getShape().get(0));
      double expected =
          NoGrad.get(
              () -> {
                NDArray logits = // (16, 4, V)
                    tiny.model.logits(new ParameterStore(scope, false), ids, null, null, false);
                return Ops.sum(
                    TransformerOps.crossEntropy(
                            logits.reshape(64, 16), batch.targets(scope).reshape(64))
                        .mean());
              });
      tiny.train();
      assertEquals(expected, tiny.steps.get(0).nats(), 1e-5);
    }
  }

  @Test
  void impossibleRampsAreRejected() {
    assertThrows(ConfigException.class, () -> spec("training.batchRamp={\"from\":2,\"steps\":4}"));
    assertThrows(
        ConfigException.class, () -> spec("training.sequenceWarmup={\"from\":3,\"steps\":4}"));
    String message =
        String.valueOf(
            assertThrows(
                    ConfigException.class,
                    () -> spec("training.sequenceWarmup={\"from\":0,\"steps\":4}"))
                .getMessage());
    assertTrue(message.contains("from must be at least 1, not 0"), message);
  }
}
