package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.Json;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.io.arrow.ArrowTable.Kind;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interventions on a trained run and on a published checkpoint. */
final class InterveneCommandTest {
  @TempDir Path folder = Path.of("");

  private String run = "";

  @BeforeEach
  void train() throws IOException {
    Path config = folder.resolve("tiny.json");
    RunJson json = TinyRuns.json();
    Files.writeString(config, json.text(TinyRuns.tree(TinyRuns.corpus(folder), json)));
    run = folder.resolve("run").toString();
    ok("train", config.toString(), "--out", run);
  }

  private static String ok(String... command) {
    Run run = Run.of(command);
    assertEquals(0, run.code(), String.join(" ", command) + ": " + run.err());
    return run.out();
  }

  private JsonNode all(String... options) throws IOException {
    String[] command = new String[options.length + 3];
    command[0] = "intervene";
    command[1] = run;
    command[2] = "--json";
    System.arraycopy(options, 0, command, 3, options.length);
    return Json.plain().readTree(ok(command)).at("/effects/0");
  }

  private static void refused(String reason, String... command) {
    Run run = Run.of(command);
    assertTrue(run.code() == 1 || run.code() == 2, run.out());
    assertTrue(run.err().contains(reason), run.err());
  }

  @Test
  void eachInterventionHasAnEffect() throws IOException {
    String evaluate = ok("evaluate", run, "--json");
    double nats = Json.plain().readTree(evaluate).at("/nats").asDouble();
    for (String[] options :
        new String[][] {
          {"--ban", "layers/1:0"},
          {"--ban", "1:e0,2-3"},
          {"--force", "layers/1/moe:2"},
          {"--bias", "model/layers/1/moe:1=-3"},
          {"--scale", "1:0-3=0"}
        }) {
      JsonNode effect = all(options);
      assertEquals(nats, effect.path("before").asDouble(), 1e-6);
      assertTrue(effect.path("difference").asDouble() != 0, effect.toString());
      assertTrue(effect.path("margin95").asDouble() > 0, effect.toString());
    }
    assertEquals(0, all("--scale", "1:0=1").path("difference").asDouble());
    assertEquals(0, all("--patch", "1:0-3=" + run).path("difference").asDouble(), 1e-6);
  }

  @Test
  void recordedChoicesAreReplayed() throws IOException {
    String choices = folder.resolve("choices.arrow").toString();
    String losses = folder.resolve("losses.arrow").toString();
    String text = ok("intervene", run, "--ban", "1:0", "--record", choices, "--tokens", losses);
    assertTrue(text.contains("* the interval excludes 0"), text);
    double banned = all("--ban", "1:0").path("after").asDouble();
    assertEquals(banned, all("--replay", choices).path("after").asDouble());
    assertTrue(all("--replay", choices, "--reweigh").path("after").asDouble() > 0);
    ArrowTable table =
        new ArrowTable()
            .column("sequence", Kind.INT64)
            .column("position", Kind.INT64)
            .column("target", Kind.INT64)
            .column("domain", Kind.UTF8)
            .column("before", Kind.FLOAT64)
            .column("after", Kind.FLOAT64);
    table.read(Path.of(losses));
    double sum = table.rows().stream().mapToDouble(row -> (Double) row[5]).sum();
    assertEquals(banned, sum / table.size(), 1e-12);
    refused("replace it with --overwrite", "intervene", run, "--record", choices);
    ok("intervene", run, "--record", choices, "--overwrite");
    assertEquals(0, all("--replay", choices).path("difference").asDouble());
  }

  @Test
  void publishedCheckpointsToo() {
    String model = Shared.path("fixtures/hf/olmoe").toString();
    String data = TinyRuns.corpus(folder).toString();
    String text = ok("intervene", model, "--data", data, "--batches", "2", "--ban", "layers/0:1");
    assertTrue(text.contains("all"), text);
  }

  @Test
  void wrongNamesAreExplained() throws IOException {
    refused("There is no intervention", "intervene", run);
    refused("no MoE layer is named 'layers/7'", "intervene", run, "--ban", "layers/7:0");
    refused("there is no expert 9; the experts of", "intervene", run, "--ban", "1:9");
    refused("'x' is no expert", "intervene", run, "--ban", "1:x");
    refused("names no expert", "intervene", run, "--ban", "1");
    refused("lacks a number", "intervene", run, "--bias", "1:0");
    refused("'much' is not a number", "intervene", run, "--scale", "1:0=much");
    refused("a bias must be finite", "intervene", run, "--bias", "1:0=NaN");
    Path text = Files.writeString(folder.resolve("no.arrow"), "text");
    refused("no.arrow", "intervene", run, "--replay", text.toString());
    refused("missing.arrow", "intervene", run, "--replay", "missing.arrow");
    refused("nowhere", "intervene", run, "--patch", "1:0=nowhere");
  }
}
