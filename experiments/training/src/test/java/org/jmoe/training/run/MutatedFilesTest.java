package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.JsonMutations;
import org.jmoe.io.JsonMutations.Mutation;
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

  private interface Reader {
    void read(Path file);
  }

  @BeforeEach
  void train() {
    run = new RunDirectory(folder.resolve("run"));
    Run.of(TinyRuns.config(TinyRuns.corpus(folder))).execute(run.path());
  }

  /** Tests all mutations of a file; returns their number. */
  private static int sweep(Path file, Reader reader) throws IOException {
    JsonNode good = Json.parse(file);
    List<Mutation> all = JsonMutations.of(good);
    List<String> faults = new ArrayList<>();
    int rejected = 0;
    for (Mutation mutation : all) {
      Files.writeString(file, mutation.text());
      try {
        reader.read(file);
      } catch (DataFormatException | CheckpointException | ConfigException e) {
        rejected++;
        String message = Objects.requireNonNull(e.getMessage());
        if (!isSentence(file, message)) {
          faults.add(mutation + ": " + message);
        }
      } catch (RuntimeException | Error e) {
        faults.add(mutation + ": " + e);
      }
    }
    assertEquals(List.of(), faults);
    assertTrue(rejected > all.size() / 4, rejected + " of " + all.size());
    Files.writeString(file, good.toString());
    reader.read(file);
    return all.size();
  }

  private static boolean isSentence(Path file, String message) {
    return message.lines().count() == 1
        && message.contains(String.valueOf(file.getFileName()))
        && Stream.of("Exception", "java.", "org.jmoe", "jackson", "`", "null into", "invoke")
            .noneMatch(message::contains);
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
