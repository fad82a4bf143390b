package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jmoe.data.formats.TokenWriter;
import org.jmoe.io.Json;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exported models are evaluated on the held-out rows of their run only. */
final class HeldOutRowsTest {
  @TempDir Path folder = Path.of("");

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static Run ok(String... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  /** Writes rows without split markers. */
  private Path rows(String name, int count, long seed) {
    Path file = folder.resolve(name);
    SplittableRandom random = new SplittableRandom(seed);
    try (TokenWriter writer = new TokenWriter(file, false, Map.of())) {
      for (int row = 0; row < count; row++) {
        writer.add(random.ints(33, 0, 16).toArray(), "x", false);
      }
      writer.finish(Map.of());
    }
    return file;
  }

  private void train(Path data, String out) throws IOException {
    RunJson json = TinyRuns.json();
    Files.writeString(
        folder.resolve(out + ".json"),
        json.text(
            TinyRuns.tree(data, json, TinyRuns.moeEverywhere(), "seed=1", "data.validation=0.1")));
    ok("train", at(out + ".json"), "--out", at(out));
  }

  private static JsonNode json(Run run) throws IOException {
    return Json.plain().readTree(run.out());
  }

  private Run evaluate(String model, Path data) {
    return Run.of(
        "evaluate",
        at(model),
        "--data",
        data.toString(),
        "--held-out",
        "--sequence",
        "16",
        "--json");
  }

  @Test
  void exportsUseTheHeldOutRowsOfTheirRun() throws IOException {
    Path data = rows("data.arrow", 150, 1);
    train(data, "run");
    ok("export", at("run"), at("exported"));
    ok("export", at("exported"), at("copied"));
    JsonNode own = json(ok("evaluate", at("run"), "--batches", "1000", "--json"));
    for (String model : new String[] {"exported", "copied"}) {
      Run run = evaluate(model, data);
      assertEquals(0, run.code(), run.err());
      assertEquals(own.get("tokens").asLong(), json(run).get("tokens").asLong());
      assertEquals(own.get("nats").asDouble(), json(run).get("nats").asDouble(), 1e-5);
    }
  }

  @Test
  void otherDataAndUnknownSplitsAreRejected() throws IOException {
    Path data = rows("data.arrow", 150, 1);
    train(data, "run");
    ok("export", at("run"), at("exported"));
    Run other = evaluate("exported", rows("other.arrow", 150, 2));
    assertEquals(2, other.code());
    assertTrue(other.err().contains("was trained on other data"), other.err());
    Files.delete(folder.resolve("exported").resolve(TrainedRows.NAME));
    Run unknown = evaluate("exported", data);
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("does not record which rows"), unknown.err());
    // Split markers in the file take precedence.
    Path marked = TinyRuns.corpus(folder);
    assertEquals(0, evaluate("exported", marked).code());
  }

  private void fineTune(String from, Path data, int seed, String out) {
    ok(
        "train",
        "--preset",
        "smoke",
        "--init",
        at(from),
        "--data",
        data.toString(),
        "--set",
        "seed=" + seed,
        "--set",
        "data.validation=0.1",
        "--set",
        "training.steps=2",
        "--set",
        "training.sequence=16",
        "--set",
        "training.batch=2",
        "--out",
        at(out));
  }

  @Test
  void runsWithDifferentHeldOutRowsAreRejected() throws IOException {
    Path data = rows("data.arrow", 150, 1);
    train(data, "run");
    ok("export", at("run"), at("exported"));
    fineTune("exported", data, 2, "second");
    ok("export", at("second"), at("again"));
    Run both = evaluate("again", data);
    assertEquals(2, both.code());
    assertTrue(both.err().contains("2 runs with different held-out rows"), both.err());
  }

  @Test
  void chainsOfRunsKeepAllSplits() throws IOException {
    Path data = rows("data.arrow", 150, 1);
    train(data, "run"); // with seed 1
    fineTune("run", data, 2, "second");
    fineTune("second", data, 3, "third");
    fineTune("third", data, 3, "fourth");
    ok("export", at("fourth"), at("exported"));
    assertEquals(
        List.of(1L, 2L, 3L),
        TrainedRows.of(folder.resolve("exported")).runs().stream()
            .map(TrainedRows.Split::seed)
            .toList());
    ok("export", at("exported"), at("copied"));
    Run copied = evaluate("copied", data);
    assertTrue(copied.err().contains("3 runs with different held-out rows"), copied.err());
  }
}
