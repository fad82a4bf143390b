package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.JsonSweep;
import org.jmoe.training.checkpoint.CheckpointException;
import org.jmoe.training.checkpoint.Manifest;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;
import org.jmoe.training.results.TrainedRows;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutates each field of a run's JSON files in turn: the file is read, or rejected with a
 * one-sentence message.
 */
final class MutatedFilesTest {
  @TempDir Path folder = Path.of("");
  private RunDirectory run = new RunDirectory(Path.of(""));

  @BeforeEach
  void train() {
    run = new RunDirectory(folder.resolve("run"));
    Run.of(TinyRuns.config(TinyRuns.corpus(folder))).execute(run.path());
  }

  /** Tests all mutations of a file; returns their number. */
  private static int sweep(Path file, Consumer<Path> reader) throws IOException {
    return JsonSweep.of(
        file,
        reader,
        List.of(DataFormatException.class, CheckpointException.class, ConfigException.class));
  }

  @Test
  void summary() throws IOException {
    assertTrue(sweep(run.summary(), file -> Summary.read(run)) > 300);
  }

  @Test
  void provenance() throws IOException {
    assertTrue(sweep(run.provenance(), file -> TrainedRows.ofRun(run, 0.2, 1)) > 300);
  }

  @Test
  void manifest() throws IOException {
    Path checkpoint = run.checkpoints().resolve("step-4");
    Path manifest = checkpoint.resolve(Manifest.NAME);
    assertTrue(sweep(manifest, file -> Manifest.read(checkpoint)) > 100);
  }

  @Test
  void state() throws IOException {
    Path state = run.checkpoints().resolve("step-4").resolve(SavedState.NAME);
    assertTrue(sweep(state, SavedState::read) > 100);
  }

  @Test
  void trainedRows() throws IOException {
    TrainedRows.ofRun(run, 0.2, 1).write(folder);
    assertTrue(sweep(folder.resolve(TrainedRows.NAME), file -> TrainedRows.of(folder)) > 90);
  }

  @Test
  void configuration() throws IOException {
    assertTrue(sweep(run.config(), file -> run.configuration(TinyRuns.json())) > 1000);
  }

  @Test
  void omittedListIsEmpty() throws IOException {
    ObjectNode provenance = (ObjectNode) Json.parse(run.provenance());
    assertFalse(provenance.has("earlier"));
    assertEquals(1, TrainedRows.ofRun(run, 0.2, 1).runs().size());
    Files.writeString(folder.resolve(TrainedRows.NAME), "{}");
    assertEquals(List.of(), TrainedRows.of(folder).runs());
  }
}
