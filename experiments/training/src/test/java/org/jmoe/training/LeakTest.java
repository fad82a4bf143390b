package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.TreeSet;
import org.jmoe.training.evaluation.Evaluation;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LeakTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void arrayCountIsConstantOverSteps(boolean recompute) {
    String[] changes = {
      "training.recompute=" + recompute,
      "training.steps=300",
      "training.batch=2",
      "training.accumulation=2",
      "training.evaluateEvery=100",
      "model.dropout=0.1",
      "model.moe.router.capacity.trainFactor=1"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      TreeSet<Integer> counts = new TreeSet<>();
      tiny.train(
          new TrainingListener() {
            @Override
            public void stepped(StepReport report) {
              if (report.step() >= 5) {
                counts.add(tiny.manager.getManagedArrays().size());
              }
            }

            @Override
            public void evaluated(long step, Evaluation evaluation) {
              counts.add(tiny.manager.getManagedArrays().size());
            }
          });
      assertEquals(1, counts.size(), () -> "array counts over the steps: " + counts);
    }
  }
}
