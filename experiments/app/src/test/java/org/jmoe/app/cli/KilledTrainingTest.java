package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jmoe.io.ChildJvm;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.checkpoint.SavedCheckpoint;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.ResumeTest;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code jmoe train} in a child process, which is killed and stopped. */
final class KilledTrainingTest {
  private static final int STEPS = 400;
  private static final int EVERY = 25;

  @TempDir Path folder = Path.of("");

  @Test
  void killedStoppedAndResumedRunsAreBitExact() throws IOException, InterruptedException {
    Path config = folder.resolve("config.json");
    RunJson json = TinyRuns.json();
    RunConfig run =
        TinyRuns.config(
            TinyRuns.corpus(folder),
            "training.steps=" + STEPS,
            "training.batch=1",
            "training.evaluateEvery=100",
            "model.dropout=0.1",
            "training.checkpoint.every=" + EVERY);
    Files.writeString(config, json.text(json.write(run)));
    Path out = folder.resolve("out");
    Path errors = folder.resolve("errors");

    Process killed = train(errors, config, out);
    awaitStep(killed, out, 2 * EVERY);
    killed.destroyForcibly();
    assertEquals(137, killed.waitFor());
    long kept = newest(out);
    assertEquals(0, kept % EVERY, "killed between checkpoints");

    Process stopped = train(errors, config, out);
    awaitStep(stopped, out, kept + 2 * EVERY);
    stopped.destroy(); // SIGTERM
    assertTrue(stopped.waitFor(60, TimeUnit.SECONDS));
    assertEquals(143, stopped.exitValue());
    String log = Files.readString(errors);
    assertTrue(log.contains("resuming from step " + kept), log);
    long saved = newest(out);
    assertTrue(log.contains("stopped after step " + saved + " and saved"), log);
    assertNotEquals(STEPS, saved);

    Run.of(run).execute(out);
    Run.of(run).execute(folder.resolve("uninterrupted"));
    ResumeTest.assertSameRun(folder.resolve("uninterrupted"), out);
  }

  private static Process train(Path errors, Path config, Path out) throws IOException {
    return ChildJvm.start(errors, Main.class, "train", config.toString(), "--out", out.toString());
  }

  private static void awaitStep(Process process, Path out, long step) throws InterruptedException {
    while (process.isAlive() && newestName(out) < step) {
      Thread.sleep(3);
    }
    assertTrue(process.isAlive(), "exited early");
  }

  private static long newestName(Path out) {
    return new CheckpointStore(out.resolve("checkpoints"))
        .all().stream().mapToLong(SavedCheckpoint::step).findFirst().orElse(-1);
  }

  private static long newest(Path out) {
    return new CheckpointStore(out.resolve("checkpoints"))
        .newest(message -> {})
        .orElseThrow()
        .step();
  }
}
