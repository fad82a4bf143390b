package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jmoe.io.ChildJvm;
import org.jmoe.io.Digests;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps by one process and by several that share a folder. */
final class SweepCommandTest {
  private static final int TRIALS = 4;

  @TempDir Path folder = Path.of("");

  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    RunJson json = TinyRuns.json();
    RunConfig base =
        TinyRuns.config(
            TinyRuns.corpus(folder), "training.steps=30", "training.checkpoint.every=5");
    ObjectNode sweep = json.tree(Map.of("seeds", 2));
    sweep.set("run", json.write(base));
    sweep.putObject("grid").putArray("model.moe.router.k").add(1).add(2);
    file = Files.writeString(folder.resolve("sweep.json"), json.text(sweep));
  }

  private static Run ok(String... command) {
    Run run = Run.of(command);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  /** The digest of the weights of each trial. */
  private static Map<String, String> weights(Path sweep) throws IOException {
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> files = Files.walk(sweep)) {
      for (Path path : files.filter(f -> f.endsWith("step-30/model.safetensors")).toList()) {
        digests.put(sweep.relativize(path).toString(), Digests.sha256(List.of(path)));
      }
    }
    return digests;
  }

  private Process claimer(Path out, int number) throws IOException {
    return ChildJvm.start(
        folder.resolve("errors-" + number),
        Main.class,
        "sweep",
        file.toString(),
        "--claim",
        "--workers",
        "1",
        "--out",
        out.toString());
  }

  @Test
  void processesShareASweepAndOneMayBeKilled() throws IOException, InterruptedException {
    Path alone = folder.resolve("alone");
    Run run = ok("sweep", file.toString(), "--out", alone.toString());
    assertTrue(run.out().contains("report: " + alone.resolve("report.md")), run.out());
    String report = Files.readString(alone.resolve("report.md"));
    assertTrue(report.contains("| k-1 |") && !report.contains("Published"), report);
    assertEquals(TRIALS, weights(alone).size());
    Path trial = alone.resolve("arms/k-1/seed-1");
    ok("compare", trial.toString(), alone.resolve("arms/k-2/seed-1").toString());
    ok("experiment", "report", alone.toString(), "--force");
    assertEquals(2, Run.of("sweep", other().toString(), "--out", alone.toString()).code());

    Path shared = folder.resolve("shared");
    List<Process> claimers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      claimers.add(claimer(shared, i));
    }
    Path first = shared.resolve("arms");
    while (!Files.exists(first) && claimers.get(0).isAlive()) {
      Thread.sleep(10);
    }
    claimers.get(0).destroyForcibly();
    assertEquals(137, claimers.get(0).waitFor());
    for (int i = 1; i < 3; i++) {
      assertEquals(0, claimers.get(i).waitFor(), Files.readString(folder.resolve("errors-" + i)));
    }
    ok("sweep", shared.toString(), "--claim", "--workers", "2"); // what the killed one left
    assertEquals(weights(alone), weights(shared));
    assertTrue(Files.exists(shared.resolve("report.md")));
    assertFalse(ok("sweep", shared.toString()).out().contains("other processes"));
  }

  private Path other() throws IOException {
    ObjectNode changed = JsonFiles.object(file);
    changed.put("seeds", 1);
    return Files.writeString(folder.resolve("other.json"), changed.toString());
  }
}
