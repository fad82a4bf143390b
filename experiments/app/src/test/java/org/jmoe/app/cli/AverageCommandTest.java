package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jmoe average} and {@code --ema}. */
final class AverageCommandTest {
  @TempDir Path folder = Path.of("");
  private String run = "";

  @BeforeEach
  void train() throws IOException {
    RunJson json = TinyRuns.json();
    Path config = folder.resolve("tiny.json");
    Files.writeString(
        config,
        json.text(
            TinyRuns.tree(
                TinyRuns.corpus(folder),
                json,
                "training.checkpoint.every=1",
                "training.checkpoint.keep=3",
                "training.ema=0.5")));
    run = folder.resolve("run").toString();
    ok("train", config.toString(), "--out", run);
  }

  private static String ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran.out();
  }

  private static String refused(String... args) {
    Run ran = Run.of(args);
    assertEquals(2, ran.code());
    return ran.err();
  }

  @Test
  void averagedCheckpointsAreEvaluatedAsARun() {
    String target = folder.resolve("averaged").toString();
    String out = ok("average", run, target, "--last", "2");
    assertTrue(out.startsWith("averaged steps [3, 4], written to " + target), out);
    assertNotEquals(ok("evaluate", run), ok("evaluate", target));
    String one = folder.resolve("one").toString();
    ok("average", run, one, "--checkpoint", "4");
    assertEquals(ok("evaluate", run), ok("evaluate", one));
  }

  @Test
  void theMovingAverageIsEvaluated() {
    assertNotEquals(ok("evaluate", run), ok("evaluate", run, "--ema"));
  }

  @Test
  void wrongUseIsExplained() {
    String target = folder.resolve("averaged").toString();
    assertTrue(refused("average", run, target, "--last", "9").contains("keep=9"));
    assertTrue(refused("average", run, target, "--last", "0").contains("--last must be at least"));
    assertTrue(
        refused("average", run, target, "--checkpoint", "77").contains("no checkpoint of step 77"));
    assertTrue(
        refused("average", run, target, "--last", "2", "--checkpoint", "4").contains("exclude"));
    assertTrue(!Files.exists(Path.of(target)));
    String averaged = folder.resolve("other").toString();
    ok("average", run, averaged);
    assertTrue(refused("average", run, averaged).contains("exists"));
    String noEma = refused("evaluate", averaged, "--ema");
    assertTrue(noEma.contains("ema"), noEma);
  }
}
