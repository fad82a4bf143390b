package org.jmoe.catalog.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonSweep;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.CodeVersion;
import org.jmoe.training.results.Machine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON files of an experiment with every field at fault in turn are read or refused by name. */
final class MutatedOutcomesTest {
  @TempDir Path path = Path.of("");
  private ExperimentFolder folder = new ExperimentFolder(Path.of(""));

  @BeforeEach
  void write() throws IOException {
    folder = new ExperimentFolder(path.resolve("e"));
    folder.begin(new ExperimentFolder.Content("some", false, 1));
    Path trial = Files.createDirectories(folder.trial("arm", 1));
    Series series = new Series(List.of(1.0, 2.0), List.of(Double.NaN, 2.0), List.of(3.0, 2.0));
    Grid grid = new Grid(List.of("a"), List.of("x", "y"), List.of(List.of(0.5, 0.5)));
    ExperimentFolder.finish(
        trial,
        new Outcome(Map.of("nats", 2.5), Map.of("nats", series), Map.of("load", grid)),
        new TrialProvenance(CodeVersion.current(), Machine.current(), 1.5));
  }

  private static int sweep(Path file, Consumer<Path> reader) throws IOException {
    return JsonSweep.of(file, reader, List.of(DataFormatException.class, ConfigException.class));
  }

  @Test
  void experiment() throws IOException {
    assertTrue(sweep(path.resolve("e/experiment.json"), file -> folder.content()) > 70);
  }

  @Test
  void outcome() throws IOException {
    Path file = folder.trial("arm", 1).resolve("outcome.json");
    assertTrue(sweep(file, f -> folder.outcome("arm", 1)) > 300);
  }

  @Test
  void origin() throws IOException {
    Path file = folder.trial("arm", 1).resolve("origin.json");
    assertTrue(sweep(file, f -> folder.origin("arm", 1)) > 200);
  }
}
