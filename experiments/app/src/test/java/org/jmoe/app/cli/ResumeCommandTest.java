package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.training.StoppedException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code jmoe train --resume}. */
final class ResumeCommandTest {
  @TempDir Path folder = Path.of("");
  private Path out = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void interrupt() throws IOException {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    out = folder.resolve("out");
    file = folder.resolve("config.json");
    Files.writeString(file, TinyRuns.json().text(TinyRuns.json().write(config)));
    assertThrows(
        StoppedException.class,
        () ->
            org.jmoe.training.run.Run.of(config)
                .execute(out, Execution.plain().withStop(() -> true)));
  }

  @Test
  void resumeUsesTheConfigurationOfTheRun() {
    assertRejected("train --resume {} --seed 2", "--resume takes its configuration and its place");
    assertRejected("train --resume {} --out {}2", "--resume takes its configuration and its place");
    assertRejected("train --resume {}/plots", "is not a run: it has no run.json");
    Run resumed = run("train --resume {}");
    assertEquals(0, resumed.code(), resumed.err());
    assertTrue(Files.exists(out.resolve("checkpoints/step-4/manifest.json")));
    assertRejected("train --resume {}", "is finished; there is nothing to resume");
  }

  @Test
  void theSameCommandResumesAndOthersAreRejected() {
    assertRejected(
        "train " + file + " --out {} --seed 2",
        "contains an unfinished run of another configuration (seed: 1 before, 2 now)");
    assertEquals(0, run("train " + file + " --out {}").code());
    assertRejected("train " + file + " --out {}", "exists; choose another --out");
    assertEquals(0, run("train " + file + " --out {} --force").code());
  }

  private Run run(String line) {
    return Run.of(line.replace("{}", out.toString()).split(" ", -1));
  }

  private void assertRejected(String line, String message) {
    Run run = run(line);
    assertEquals(2, run.code(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }
}
