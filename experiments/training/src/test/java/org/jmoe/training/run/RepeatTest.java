package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jmoe.io.Progress;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.tensor.EngineInfo;
import org.jmoe.training.config.RunConfig;
import org.jmoe.transformer.AllowNonCausal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same seed gives the same result, with noise, dropout and dropped tokens. */
final class RepeatTest {
  private static final RouterSpec NOISY =
      new AllowNonCausal( // random drops depend on later tokens too
          new NoisyTopKRouter.Spec(
              2, new Capacity(PublishedCapacity.MEGATRON, 1, 2, 1, DropOrder.RANDOM)));

  @TempDir Path folder = Path.of("");

  /**
   * With two threads, so that operations with non-deterministic summation order would be detected.
   */
  @Test
  void sameSeedIsBitExact() throws IOException {
    int before = EngineInfo.threads();
    JniUtils.setNumThreads(2);
    try {
      Path one = run("one", 1);
      Path two = run("two", 1);
      Map<String, List<Object>> losses = metrics(one);
      assertEquals(losses, metrics(two));
      assertEquals(-1, Files.mismatch(one.resolve("routing.arrow"), two.resolve("routing.arrow")));
      assertEquals(-1, Files.mismatch(model(one), model(two)));
    } finally {
      JniUtils.setNumThreads(before);
    }
  }

  @Test
  void differentSeedGivesADifferentRun() throws IOException {
    Path one = run("one", 1);
    Path two = run("two", 2);
    assertNotEquals(metrics(one).get("nats"), metrics(two).get("nats"));
    assertNotEquals(-1, Files.mismatch(model(one), model(two)));
  }

  private Path run(String name, long seed) {
    Path output = folder.resolve(name);
    RunConfig config =
        TinyRuns.config(
            TinyRuns.corpus(folder),
            "seed=" + seed,
            TinyRuns.router(NOISY),
            "model.dropout=0.1",
            "model.moe.expert.dropout=0.1",
            "training.steps=8");
    new Run(config, TinyRuns.json()).execute(output, false, Progress.none());
    return output;
  }

  private static Path model(Path run) {
    return run.resolve("checkpoints/step-8/model.safetensors");
  }

  /** Returns all columns except the elapsed time. */
  private static Map<String, List<Object>> metrics(Path run) {
    Map<String, List<Object>> columns = ArrowRead.columns(run.resolve("metrics.arrow"));
    columns.remove("seconds");
    return columns;
  }
}
