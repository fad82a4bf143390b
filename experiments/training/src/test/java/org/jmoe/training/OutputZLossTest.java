package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.formats.RowsInMemory;
import org.jmoe.data.formats.TokenData;
import org.jmoe.layer.StepCounts;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The z-loss of the output logits: {@code c mean(log^2 Z)}. */
final class OutputZLossTest {
  private static final double COEFFICIENT = 0.5;
  private static final String Z = "training.outputZLoss=" + COEFFICIENT;

  @TempDir Path folder = Path.of("");

  @Test
  void valueEqualsTheFormula() {
    try (TinyTraining tiny = new TinyTraining(folder, Z, "training.accumulation=2")) {
      double expected = 0;
      for (int micro = 0; micro < 2; micro++) {
        try (Batch batch = tiny.batches.at(micro);
            NDManager scope = tiny.manager.newSubManager()) {
          float[] logits = // (B S V)
              tiny.model
                  .logits(new ParameterStore(scope, false), batch.inputs(scope), null, null, false)
                  .toFloatArray();
          for (int t = 0; t < batch.tokens(); t++) {
            double z = 0;
            for (int v = 0; v < 16; v++) {
              z += Math.exp(logits[16 * t + v]);
            }
            expected += COEFFICIENT * Math.pow(Math.log(z), 2) / (2 * batch.tokens());
          }
        }
      }
      tiny.train();
      StepReport first = tiny.steps.get(0);
      assertEquals(
          expected, first.penalties().getOrDefault(TrainingSpec.OUTPUT_Z, Double.NaN), 1e-5);
    }
  }

  /** Some targets do not count. */
  @Test
  void gradientsEqualFiniteDifferences() {
    int[] row = {1, ~2, 3, ~4, 5, 6, ~7, 8, 9};
    TokenData data = new RowsInMemory(Collections.nCopies(20, row), 4);
    List<String> changes = List.of(Z, "training.sequence=4", "training.batch=2");
    try (TinyTraining tiny = new TinyTraining(data, changes);
        Batch batch = tiny.batches.at(0);
        NDManager scope = tiny.manager.newSubManager()) {
      assertTrue(batch.targets() > 0 && batch.targets() < 8, "targets " + batch.targets());
      TrainingSpec spec = tiny.config.training();
      Objective objective = new Objective(spec, null, 0, 1, StepCounts.alone(), batch.targets());
      NDArray ids = batch.inputs(scope); // (B, S)
      GradientCheck.assertCorrect(
          given -> objective.ofText(batch, scope, ids, given[0]).loss(),
          Tensors.random(scope, 1, 2, 4, 16));
    }
  }
}
