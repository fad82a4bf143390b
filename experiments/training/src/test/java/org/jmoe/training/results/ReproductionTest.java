package org.jmoe.training.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jmoe.io.DataFormatException;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReproductionTest {
  @TempDir Path folder = Path.of("");

  private RunDirectory run(RunConfig config, String name) {
    Run.of(config).execute(folder.resolve(name));
    return new RunDirectory(folder.resolve(name));
  }

  private static Reproduction of(RunDirectory before, RunDirectory after, RunConfig config) {
    return Reproduction.of(FinishedRun.read(before, config), FinishedRun.read(after, config));
  }

  @Test
  void repeatedRunIsBitIdentical() {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    Reproduction found = of(run(config, "a"), run(config, "b"), config);
    assertEquals(List.of(), found.differences());
    assertEquals(List.of(), found.causes());
    assertTrue(found.equal());
    assertEquals(4, found.steps());
  }

  @Test
  void differentSeedDiffersEverywhere() {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    Reproduction found = of(run(config, "a"), run(config.withSeed(9), "b"), config);
    assertFalse(found.equal());
    assertTrue(found.differences().get(0).contains("from step 1 onwards"), found.toString());
    assertTrue(
        found.differences().stream().anyMatch(d -> d.startsWith("the trained parameters")),
        found.toString());
  }

  @Test
  void differencesAndCausesAreReported() throws IOException {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    RunDirectory a = run(config, "a");
    RunDirectory b = run(config, "b");
    String summary = Files.readString(a.summary());
    Files.writeString(
        a.summary(),
        summary.replaceFirst("\"validationNats\" : [0-9.]+", "\"validationNats\" : 1.25"));
    String provenance = Files.readString(a.provenance());
    Files.writeString(
        a.provenance(), provenance.replaceFirst("\"threads\" : [0-9]+", "\"threads\" : 77"));
    Reproduction found = of(a, b, config);
    assertEquals(1, found.differences().size(), found.toString());
    assertTrue(found.differences().get(0).startsWith("validationNats: 1.25 before"));
    assertEquals(1, found.causes().size());
    assertTrue(found.causes().get(0).startsWith("machine.threads: 77 before"), found.toString());
  }

  @Test
  void unfinishedRunIsRejected() throws IOException {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    RunDirectory a = run(config, "a");
    Files.delete(a.summary());
    ConfigException e = assertThrows(ConfigException.class, () -> FinishedRun.read(a, config));
    assertTrue(e.toString().contains("not finished"));
  }

  @Test
  void malformedFilesAreRejectedBeforeTraining() throws IOException {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    RunDirectory a = run(config, "a");
    for (Path file :
        List.of(a.metrics(), a.routing(), Checkpoint.latest(a.checkpoints()).orElseThrow())) {
      byte[] content = Files.readAllBytes(file);
      byte[] corrupt = content.clone();
      Arrays.fill(corrupt, 0, 8, (byte) 0x7F);
      Files.write(file, corrupt);
      if (file.getFileName().toString().endsWith(".arrow")) {
        assertThrows(DataFormatException.class, () -> FinishedRun.read(a, config));
      } else { // the checkpoint no longer verifies, so it is skipped
        assertEquals(Optional.empty(), FinishedRun.read(a, config).parameters());
      }
      Files.write(file, content);
    }
    assertTrue(FinishedRun.read(a, config).parameters().isPresent());
  }
}
