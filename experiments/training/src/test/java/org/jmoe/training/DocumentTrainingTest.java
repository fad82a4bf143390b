package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.formats.RowsInMemory;
import org.jmoe.data.formats.TokenData;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training and evaluation in which documents do not see each other. */
final class DocumentTrainingTest {
  private static final String MASK = "model.documentMask=true";
  private static final int SEPARATOR = 15;

  @TempDir Path folder = Path.of("");

  @Test
  void evaluationIsThatOfTheDocumentsApart() {
    try (TinyTraining tiny = new TinyTraining(documents(), List.of(MASK))) {
      double sum = 0;
      long tokens = 0;
      for (long i = 0; i < tiny.held.perPass(); i++) {
        try (Batch batch = tiny.held.ofPass(i);
            NDManager scope = tiny.manager.newSubManager()) {
          for (int row = 0; row < batch.size(); row++) {
            sum += nats(tiny, batch, row, scope);
          }
          tokens += batch.tokens();
        }
      }
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(sum / tokens, found.nats(), 1e-6);
      try (TinyTraining together = new TinyTraining(documents(), List.of())) {
        assertNotEquals(found.nats(), together.evaluator().run(Long.MAX_VALUE).nats(), 1e-4);
      }
    }
  }

  /** Nats of one sequence, a document at a time. */
  private static double nats(TinyTraining tiny, Batch batch, int row, NDManager scope) {
    double sum = 0;
    List<Integer> document = new ArrayList<>();
    for (int i = 0; i < batch.sequenceLength(); i++) {
      document.add(row * batch.sequenceLength() + i);
      boolean ends = batch.input(row * batch.sequenceLength() + i) == SEPARATOR;
      if (ends || i == batch.sequenceLength() - 1) {
        long[] ids = document.stream().mapToLong(batch::input).toArray();
        NDArray input = scope.create(ids, new Shape(1, ids.length)); // (B, S)
        NDArray logits = // (B, S, V)
            tiny.model.logits(new ParameterStore(scope, false), input, null, null, false);
        float[] values = logits.logSoftmax(-1).toFloatArray();
        for (int t = 0; t < ids.length; t++) {
          sum -= values[16 * t + (int) batch.target(document.get(t))];
        }
        document.clear();
      }
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "BFLOAT16"})
  void recomputationChangesNoBit(String precision) {
    List<String> kept = List.of(MASK, "training.precision=" + precision);
    List<String> again =
        List.of(MASK, "training.precision=" + precision, "training.recompute=true");
    try (TinyTraining first = new TinyTraining(documents(), kept);
        TinyTraining second = new TinyTraining(documents(), again)) {
      first.train();
      second.train();
      assertEquals(first.steps, second.steps);
      assertEquals(first.evaluations, second.evaluations);
    }
  }

  @Test
  void theMaskChangesTraining() {
    try (TinyTraining apart = new TinyTraining(documents(), List.of(MASK));
        TinyTraining together = new TinyTraining(documents(), List.of())) {
      apart.train();
      together.train();
      assertNotEquals(apart.steps.get(0).gradientNorm(), together.steps.get(0).gradientNorm());
    }
  }

  @Test
  void dataWithoutSeparatorsAreRefused() {
    Path data = TinyRuns.corpus(folder);
    Run run = Run.of(TinyRuns.config(data, MASK));
    ConfigException e =
        assertThrows(ConfigException.class, () -> run.execute(folder.resolve("run")));
    assertTrue(String.valueOf(e.getMessage()).contains("has no separator"), e.getMessage());
  }

  private static TokenData documents() {
    SplittableRandom random = new SplittableRandom(1);
    return new RowsInMemory(
        Stream.generate(() -> random.ints(1 + random.nextInt(9), 0, SEPARATOR).toArray())
            .limit(200)
            .toList(),
        4);
  }
}
