package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moving averages of weights, and averages of checkpoints. */
final class WeightAverageTest {
  private static final double DECAY = 0.75;
  private static final int STEPS = 5;

  @TempDir Path folder = Path.of("");

  private Path trained(String... changes) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "training.steps=" + STEPS,
                "training.checkpoint.every=1",
                "training.checkpoint.keep=9"));
    all.addAll(List.of(changes));
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder), all.toArray(String[]::new));
    Path run = folder.resolve("run" + all.hashCode());
    Run.of(config).execute(run);
    return run;
  }

  private static List<double[]> weights(LanguageModel model) {
    List<double[]> all = new ArrayList<>();
    for (Parameter parameter : model.getParameters().values()) {
      float[] values = parameter.getArray().toFloatArray();
      double[] wide = new double[values.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = values[i];
      }
      all.add(wide);
    }
    return all;
  }

  private static void assertClose(List<double[]> expected, List<double[]> found) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), 1e-6);
    }
  }

  /** get_ema_multi_avg_fn of torch.optim.swa_utils, from the initial weights. */
  @Test
  void theMovingAverageFollowsItsRecurrence() {
    Path run = trained("training.ema=" + DECAY);
    try (LoadedRun loaded = LoadedRun.open(run, TinyRuns.json())) {
      RunConfig config = loaded.config();
      List<double[]> average;
      TokenData data = TokenData.open(TinyRuns.corpus(folder));
      try (RunParts start = RunParts.open(config, data, Execution.plain().devices())) {
        average = weights(start.model());
      }
      for (long step = 1; step <= STEPS; step++) {
        loaded.use(step);
        List<double[]> now = weights(loaded.model());
        for (int p = 0; p < now.size(); p++) {
          double[] a = average.get(p);
          for (int i = 0; i < a.length; i++) {
            a[i] = DECAY * a[i] + (1 - DECAY) * now.get(p)[i];
          }
        }
        loaded.useEma();
        assertClose(average, weights(loaded.model()));
      }
    }
  }

  @Test
  void keepingAnAverageChangesNoWeight() throws Exception {
    Path plain = trained();
    Path averaged = trained("training.ema=0.9");
    String model = "checkpoints/step-5/model.safetensors";
    assertArrayEquals(
        Files.readAllBytes(plain.resolve(model)), Files.readAllBytes(averaged.resolve(model)));
    assertFalse(Files.exists(plain.resolve("checkpoints/step-5/ema.safetensors")));
    try (LoadedRun run = LoadedRun.open(plain, TinyRuns.json())) {
      assertTrue(
          Errors.message(ConfigException.class, run::useEma)
              .contains("no moving average of the weights"));
    }
  }

  @Test
  void checkpointsAreAveragedUniformly() {
    Path run = trained();
    try (LoadedRun loaded = LoadedRun.open(run, TinyRuns.json())) {
      List<double[]> mean = new ArrayList<>();
      for (long step : List.of(3L, 4L, 5L)) {
        loaded.use(step);
        List<double[]> now = weights(loaded.model());
        for (int p = 0; p < now.size(); p++) {
          if (mean.size() == p) {
            mean.add(new double[now.get(p).length]);
          }
          for (int i = 0; i < now.get(p).length; i++) {
            mean.get(p)[i] += now.get(p)[i] / 3;
          }
        }
      }
      List<Long> last = CheckpointAverage.last(loaded, 3);
      assertEquals(List.of(3L, 4L, 5L), last);
      CheckpointAverage.load(loaded, last);
      assertClose(mean, weights(loaded.model()));
      String message =
          Errors.message(ConfigException.class, () -> CheckpointAverage.last(loaded, 6));
      assertTrue(message.contains("5 checkpoints (steps [1, 2, 3, 4, 5]), not 6"), message);
    }
  }
}
