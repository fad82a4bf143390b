package org.jmoe.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.experiments.data.Progress;
import org.jmoe.testing.Refusals;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunDirectoryTest {
  @TempDir Path folder = Path.of("");

  @Test
  void whatIsThereIsNeverOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "mine");
    for (Path path : new Path[] {file, other}) {
      assertEquals(
          "the output " + path + " exists; name another with --out or replace it with --force",
          Refusals.message(ConfigException.class, () -> RunDirectory.create(path, false)));
      assertEquals(
          "the output " + path + " exists and is no run, so --force leaves it alone",
          Refusals.message(ConfigException.class, () -> RunDirectory.create(path, true)));
    }
    assertEquals("mine", Files.readString(file));
    assertEquals("mine", Files.readString(other.resolve("thesis.txt")));
  }

  @Test
  void forceReplacesARunWhole() throws IOException {
    Path path = folder.resolve("run");
    RunDirectory run = RunDirectory.create(path, false);
    run.writeJson("run.json", "x");
    Files.writeString(run.plots().resolve("old.png"), "");
    assertThrows(ConfigException.class, () -> RunDirectory.create(path, false));
    RunDirectory.create(path, true);
    assertFalse(Files.exists(run.plots().resolve("old.png")));
    assertTrue(Files.isDirectory(run.plots()));
  }

  @Test
  void aDataFaultLeavesNothingBehindAndTheOldRunWhole() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.arrow"), "ARROW1 and then nothing");
    RunConfig config = TinyRuns.config(bad);
    Path path = folder.resolve("run");
    assertThrows(
        RuntimeException.class,
        () -> new Run(config, TinyRuns.json()).execute(path, false, Progress.none()));
    assertFalse(Files.exists(path));
    RunDirectory.create(path, false).writeJson("run.json", "old");
    assertThrows(
        RuntimeException.class,
        () -> new Run(config, TinyRuns.json()).execute(path, true, Progress.none()));
    assertEquals("\"old\"\n", Files.readString(path.resolve("run.json")));
  }

  @Test
  void namesAreCountedUp() throws IOException {
    assertEquals(folder.resolve("smoke"), RunDirectory.free(folder, "smoke"));
    Files.createDirectory(folder.resolve("smoke"));
    Files.createDirectory(folder.resolve("smoke-2"));
    assertEquals(folder.resolve("smoke-3"), RunDirectory.free(folder, "smoke"));
  }

  @Test
  void whatIsNoRunIsNotLoaded() throws IOException {
    assertEquals(
        folder + " is no run: it has no run.json",
        Refusals.message(ConfigException.class, () -> LoadedRun.open(folder, TinyRuns.json())));
    RunJson json = TinyRuns.json();
    Files.writeString(
        folder.resolve("run.json"), json.text(json.write(Presets.named("smoke").config())));
    assertEquals(
        folder + " holds no saved model yet: training has not got that far",
        Refusals.message(ConfigException.class, () -> LoadedRun.open(folder, TinyRuns.json())));
  }
}
