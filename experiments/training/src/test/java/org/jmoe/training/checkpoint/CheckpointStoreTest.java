package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jmoe.io.FaultyDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointStoreTest {
  @TempDir Path folder = Path.of("");

  /**
   * Fails or kills the writer at every disk operation: the old or the new state survives, and
   * saving still works.
   */
  @ParameterizedTest(name = "killed: {0}")
  @ValueSource(booleans = {true, false})
  void interruptionAtAnyOperationLeavesAValidState(boolean killed) {
    int at = 0;
    boolean failed = true;
    int oldStates = 0;
    for (; failed; at++) {
      Path run = folder.resolve("run-" + at);
      CheckpointStore sound = new CheckpointStore(run);
      Numbered.save(sound, 1);
      Numbered.save(sound, 2);
      FaultyDisk disk = new FaultyDisk(at, killed);
      CheckpointStore faulty = new CheckpointStore(run, disk);
      try {
        Numbered.save(faulty, 3);
        faulty.prune(2, Set.of());
      } catch (UncheckedIOException e) {
        assertTrue(disk.failed());
      }
      failed = disk.failed();
      SavedCheckpoint newest = new CheckpointStore(run).recover(s -> {}).orElseThrow();
      assertTrue(newest.step() == 2 || newest.step() == 3);
      oldStates += newest.step() == 2 ? 1 : 0;
      Numbered.assertIntact(newest);
      Numbered.save(new CheckpointStore(run), 4);
      Numbered.assertIntact(sound.newest(s -> {}).orElseThrow());
      assertTrue(entries(run).stream().noneMatch(name -> name.endsWith(".tmp")));
    }
    assertTrue(at > 12, "only " + at + " operations");
    assertTrue(oldStates > 8 && oldStates < at, oldStates + " of " + at);
  }

  @Test
  void failedSaveLeavesNoFiles() {
    Numbered.save(new CheckpointStore(folder), 1);
    List<String> before = entries(folder);
    for (int at = 2; at < 8; at++) {
      CheckpointStore faulty = new CheckpointStore(folder, new FaultyDisk(at, false));
      assertThrows(UncheckedIOException.class, () -> Numbered.save(faulty, 2));
      assertEquals(before, entries(folder));
    }
  }

  @Test
  void keepsTheNewestAndTheGivenSteps() {
    CheckpointStore store = new CheckpointStore(folder);
    for (long step : new long[] {5, 10, 100, 20}) {
      Numbered.save(store, step);
    }
    store.prune(2, Set.of(5L));
    assertEquals(List.of(100L, 20L, 5L), store.all().stream().map(SavedCheckpoint::step).toList());
  }

  @Test
  void invalidCheckpointsAreReported() throws IOException {
    CheckpointStore store = new CheckpointStore(folder);
    Numbered.save(store, 1);
    Numbered.save(store, 2);
    Files.delete(folder.resolve("step-2/" + Manifest.NAME));
    Files.createDirectory(folder.resolve("step-3"));
    Files.createDirectory(folder.resolve("step-04")); // not a valid checkpoint name
    Files.createDirectory(folder.resolve("step-99999999999999999999"));
    List<String> messages = new ArrayList<>();
    assertEquals(Optional.of(1L), store.newest(messages::add).map(SavedCheckpoint::step));
    assertEquals(2, messages.size());
    assertTrue(messages.get(0).contains("step-3 has no manifest.json: writing it was interrupted"));
    store.recover(messages::add);
    assertTrue(Files.exists(folder.resolve("step-2.broken")));
    assertFalse(Files.exists(folder.resolve("step-2")));
  }

  @Test
  void missingFolderHasNoCheckpoint() {
    assertEquals(Optional.empty(), new CheckpointStore(folder.resolve("none")).recover(s -> {}));
  }

  private static List<String> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(e -> e.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
