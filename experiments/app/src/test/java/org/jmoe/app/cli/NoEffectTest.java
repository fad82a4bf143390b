package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.EnsembleRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options and files without effect are rejected. */
final class NoEffectTest {
  @TempDir Path folder = Path.of("");

  private String train() {
    String router = TinyRuns.router(new SwitchRouter.Spec(0, Capacity.fixed(3)));
    Path run = folder.resolve("run");
    org.jmoe.training.run.Run.of(TinyRuns.config(TinyRuns.corpus(folder), router)).execute(run);
    return run.toString();
  }

  private static void assertRejected(String message, String... args) {
    Run run = Run.of(args);
    assertEquals(2, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  private static String output(String... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run.out();
  }

  @Test
  void capacityFactorOnAFixedCapacity() {
    String run = train();
    assertRejected(
        "FixedCapacity[slots=3] gives the same slots", "evaluate", run, "--capacity", "2");
    assertRejected("Cannot set the capacity factor to 2.0", "routing", run, "--capacity", "2");
    String limited = output("evaluate", run, "--json");
    String unlimited = output("evaluate", run, "--json", "--capacity", "Infinity");
    assertTrue(!limited.equals(unlimited), limited);
  }

  @Test
  void existingRoutingFilesNeedForce() {
    String run = train();
    output("routing", run, "--batches", "1");
    assertRejected("replace its files with --force", "routing", run, "--batches", "1");
    output("routing", run, "--batches", "1", "--force");
  }

  @Test
  void javaFileForANotebook() throws IOException {
    Path file = Files.writeString(folder.resolve("X.java"), "final class X {}");
    String prefix = folder.resolve("jupyter").toString();
    assertRejected(
        "X.java is a Java file, which a notebook does not load",
        "jupyter",
        "--print",
        "--prefix",
        prefix,
        "--extend",
        file.toString());
    assertTrue(Files.notExists(folder.resolve("jupyter")));
  }

  /** Training does not repeat sequences, so each half of the experts would see different texts. */
  @Test
  void ensembleInTraining() {
    String router = TinyRuns.router(new EnsembleRouter.Spec(2, 1, 0, Capacity.dropless()));
    assertRejected(
        "model.moe.router needs repeated sequences in a batch",
        "train",
        "--preset",
        "smoke",
        "--data",
        TinyRuns.corpus(folder).toString(),
        "--set",
        router,
        "--out",
        folder.resolve("out").toString());
  }
}
