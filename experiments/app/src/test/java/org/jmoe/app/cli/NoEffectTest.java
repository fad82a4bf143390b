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

/** Options and files that would have no effect are refused, or have one. */
final class NoEffectTest {
  @TempDir Path folder = Path.of("");

  private String train() {
    String router = TinyRuns.router(new SwitchRouter.Spec(0, Capacity.fixed(3)));
    Path run = folder.resolve("run");
    org.jmoe.training.run.Run.of(TinyRuns.config(TinyRuns.corpus(folder), router)).execute(run);
    return run.toString();
  }

  private static void assertRefused(String message, String... args) {
    Run run = Run.of(args);
    assertEquals(2, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  private static String evaluated(String... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run.out();
  }

  @Test
  void aCapacityFactorOnAFixedCapacity() {
    String run = train();
    assertRefused(
        "FixedCapacity[slots=3] gives the same slots", "evaluate", run, "--capacity", "2");
    assertRefused("Cannot set the capacity factor to 2.0", "routing", run, "--capacity", "2");
    String limited = evaluated("evaluate", run, "--json");
    String unlimited = evaluated("evaluate", run, "--json", "--capacity", "Infinity");
    assertTrue(!limited.equals(unlimited), limited);
  }

  @Test
  void aSecondRoutingNamesForce() {
    String run = train();
    evaluated("routing", run, "--batches", "1");
    assertRefused("replace its files with --force", "routing", run, "--batches", "1");
    evaluated("routing", run, "--batches", "1", "--force");
  }

  @Test
  void aJavaFileForTheNotebook() throws IOException {
    Path file = Files.writeString(folder.resolve("X.java"), "final class X {}");
    String prefix = folder.resolve("jupyter").toString();
    assertRefused(
        "X.java is a Java file, which a notebook does not load",
        "jupyter",
        "--print",
        "--prefix",
        prefix,
        "--extend",
        file.toString());
    assertTrue(Files.notExists(folder.resolve("jupyter")));
  }

  /** Nothing in training repeats sequences, so each half of the experts would see other texts. */
  @Test
  void anEnsembleInTraining() {
    String router = TinyRuns.router(new EnsembleRouter.Spec(2, 1, 0, Capacity.dropless()));
    assertRefused(
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
