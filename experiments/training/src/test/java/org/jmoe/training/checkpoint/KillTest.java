package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jmoe.io.ChildJvm;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After SIGKILL at a random time, the newest valid checkpoint is the last reported one or its
 * successor.
 */
final class KillTest {
  @TempDir Path folder = Path.of("");

  @Test
  void fifteenKills() throws IOException, InterruptedException {
    killed(15);
  }

  @Test
  @Tag("soak")
  void aHundredKills() throws IOException, InterruptedException {
    killed(100);
  }

  private void killed(int times) throws IOException, InterruptedException {
    Random random = new Random(times);
    long last = 0;
    long awaited = 0;
    for (int i = 0; i < times; i++) {
      Path errors = folder.resolve("errors");
      Process child = ChildJvm.start(errors, KilledWriter.class, folder.resolve("run").toString());
      try (BufferedReader lines = child.inputReader()) {
        assertEquals("recovered " + last, lines.readLine(), () -> text(errors));
        // Wait for lines first, so that slow machines make progress; then for a random time.
        for (int n = random.nextInt(4); n > 0; n--) {
          last = saved(lines.readLine(), last);
          awaited++;
        }
        Thread.sleep(random.nextInt(40));
        child.toHandle().destroyForcibly();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          last = saved(line, last);
        }
      }
      assertEquals(137, child.waitFor(), "killed by SIGKILL");
      if (last > 0) {
        SavedCheckpoint newest =
            new CheckpointStore(folder.resolve("run")).newest(s -> {}).orElseThrow();
        Numbered.assertIntact(newest);
        assertTrue(newest.step() == last || newest.step() == last + 1, newest.step() + ", " + last);
        last = newest.step();
      } else {
        last =
            new CheckpointStore(folder.resolve("run"))
                .newest(s -> {})
                .map(c -> c.step())
                .orElse(0L);
      }
    }
    assertTrue(last >= awaited, "only " + last + " checkpoints, expected at least " + awaited);
    assertTrue(awaited > times, "only " + awaited + " checkpoints were awaited");
  }

  private static long saved(@Nullable String line, long last) {
    return line != null && line.matches("saved \\d+") ? Long.parseLong(line.substring(6)) : last;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
