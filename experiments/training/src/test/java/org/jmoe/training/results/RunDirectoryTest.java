package org.jmoe.training.results;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunDirectoryTest {
  @TempDir Path folder = Path.of("");

  @Test
  void existingFilesAreNeverOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "mine");
    for (Path path : new Path[] {file, other}) {
      assertEquals(
          "the output " + path + " exists and is not a run; choose another --out",
          Errors.message(ConfigException.class, () -> RunDirectory.create(path)));
    }
    assertEquals("mine", Files.readString(file));
    assertEquals("mine", Files.readString(other.resolve("thesis.txt")));
    RunDirectory.create(Files.createDirectory(folder.resolve("empty")));
  }

  @Test
  void freePathAppendsANumber() throws IOException {
    assertEquals(folder.resolve("smoke"), RunDirectory.free(folder, "smoke"));
    Files.createDirectory(folder.resolve("smoke"));
    Files.createDirectory(folder.resolve("smoke-2"));
    assertEquals(folder.resolve("smoke-3"), RunDirectory.free(folder, "smoke"));
  }

  @Test
  void folderWithoutRunIsNotLoaded() throws IOException {
    assertEquals(
        folder + " is not a run: it has no run.json",
        Errors.message(ConfigException.class, () -> LoadedRun.open(folder, TinyRuns.json())));
    RunJson json = TinyRuns.json();
    Files.writeString(
        folder.resolve("run.json"), json.text(json.write(Presets.named("smoke").config())));
    assertEquals(
        folder + " contains no checkpoint yet; train the run further",
        Errors.message(ConfigException.class, () -> LoadedRun.open(folder, TinyRuns.json())));
  }
}
