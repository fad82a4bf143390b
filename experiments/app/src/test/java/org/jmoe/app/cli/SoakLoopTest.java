package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jmoe.io.ChildJvm;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.checkpoint.SavedCheckpoint;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.HeldOutMetrics;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.ResumeTest;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trains for half an hour while being killed, stopped and resumed at random, and compares each run
 * with an uninterrupted one: {@code mvn verify -Psoak}, with {@code -Djmoe.soak.minutes=2} for a
 * shorter test.
 */
@Tag("soak")
final class SoakLoopTest {
  private static final int EVERY = 40;

  @TempDir Path folder = Path.of("");

  @Test
  void interruptedRunsAreBitExact() throws IOException, InterruptedException {
    double minutes = Double.parseDouble(System.getProperty("jmoe.soak.minutes", "30"));
    long end = System.nanoTime() + (long) (minutes * 60e9);
    Random random = new Random(1);
    int rounds = 0;
    while (rounds == 0 || System.nanoTime() < end) {
      round(rounds, random);
      rounds++;
    }
    System.out.printf("%d rounds in %.1f minutes%n", rounds, minutes);
  }

  private void round(int round, Random random) throws IOException, InterruptedException {
    Path work = Files.createDirectory(folder.resolve("round-" + round));
    RunJson json = TinyRuns.json();
    RunConfig run =
        TinyRuns.config(
            TinyRuns.corpus(work),
            "seed=" + round,
            "training.steps=1000",
            "training.batch=1",
            "training.evaluateEvery=150",
            "model.dropout=0.1",
            "training.checkpoint.every=" + EVERY);
    Path config = Files.writeString(work.resolve("config.json"), json.text(json.write(run)));
    Path out = work.resolve("out");
    for (int interruption = 0; interruption < 6; interruption++) {
      Process process =
          ChildJvm.start(
              work.resolve("errors"),
              Main.class,
              "train",
              config.toString(),
              "--out",
              out.toString());
      long before = newest(out);
      while (process.isAlive() && newest(out) <= before) {
        Thread.sleep(3);
      }
      Thread.sleep(random.nextInt(200));
      boolean kill = random.nextBoolean();
      if (kill) {
        process.destroyForcibly();
      } else {
        process.destroy();
      }
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      if (process.exitValue() == 0) {
        break; // finished first
      }
      assertEquals(
          kill ? 137 : 143,
          process.exitValue(),
          () -> "round " + round + ": " + text(work.resolve("errors")));
    }
    if (!Files.exists(out.resolve("summary.json"))) {
      Run.of(run).execute(out);
    }
    Run.of(run).execute(work.resolve("uninterrupted"));
    ResumeTest.assertSameRun(work.resolve("uninterrupted"), out);
    try (LoadedRun loaded = LoadedRun.open(out, json)) {
      assertTrue(HeldOutMetrics.of(loaded, loaded.evaluation(null).withBatches(4)).nats() > 0);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static long newest(Path out) {
    return new CheckpointStore(out.resolve("checkpoints"))
        .all().stream().mapToLong(SavedCheckpoint::step).findFirst().orElse(-1);
  }
}
