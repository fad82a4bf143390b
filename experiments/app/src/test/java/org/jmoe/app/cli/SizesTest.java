package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All commands reject sizes beyond the memory of any machine before allocating. */
final class SizesTest {
  private static final Duration LIMIT = Duration.ofSeconds(10); // allows for a busy machine

  @TempDir Path folder = Path.of("");
  private Path run = Path.of("");
  private RunConfig config = TinyRuns.config(Path.of("none"));

  @BeforeEach
  void train() {
    config = TinyRuns.config(TinyRuns.corpus(folder), TinyRuns.moeEverywhere());
    run = folder.resolve("run");
    org.jmoe.training.run.Run.of(config).execute(run);
  }

  private static String rejected(String... args) {
    Run result = assertTimeout(LIMIT, () -> Run.of(args));
    assertTrue(result.code() != 0, result.out());
    assertEquals(1, result.err().lines().count(), result.err());
    for (String java : List.of("Exception", "java.", "overflow", "at org.", "TorchScript")) {
      assertFalse(result.err().contains(java), result.err());
    }
    return result.err();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.vocabulary=2147483647",
        "model.dim=2147483646",
        "model.dim=1073741824",
        "model.layers.0.repeat=2147483647",
        "model.moe.experts=2147483647",
        "model.moe.expert.hidden=2147483647",
        "model.moe.expert.hidden=800000000",
        "model.attention.heads=2147483646",
        "training.batch=2147483647",
        "training.sequence=2147483647",
      })
  void commandsRejectHugeModels(String setting) throws IOException {
    RunJson json = TinyRuns.json();
    JsonNode tree = Overrides.apply(json.write(config), List.of(setting), json);
    Path file = Files.writeString(folder.resolve("huge.json"), json.text(tree));
    Path out = folder.resolve("out");
    rejected("train", file.toString(), "--out", out.toString());
    assertFalse(Files.exists(out));
    Files.writeString(run.resolve("run.json"), json.text(tree));
    rejected("evaluate", run.toString());
    rejected("routing", run.toString());
    if (setting.startsWith("model.")) { // the other commands have no batch
      rejected("generate", run.toString(), "--prompt", "x", "--tokenizer", "bytes");
      rejected("export", run.toString(), out.toString());
    }
    assertFalse(Files.exists(out));
  }

  @Test
  void generateAndEvaluateRejectHugeOptions() throws IOException {
    Path ids = Files.writeString(folder.resolve("ids.json"), "{\"ids\": [[1, 2, 3]]}");
    String[] generate = {
      "generate", run.toString(), "--ids", ids.toString(), "--tokens", "2147483647"
    };
    assertTrue(rejected(generate).contains("2147483647"), "tokens");
    Run all = Run.of("evaluate", run.toString(), "--batches", "9223372036854775807", "--json");
    assertEquals(0, all.code(), all.err()); // limited by the data
    assertTrue(rejected("evaluate", run.toString(), "--sequence", "2147483647").contains("reads"));
    assertTrue(rejected("evaluate", run.toString(), "--batches", "0").contains("--batches"));
  }

  @Test
  void layersAndCorpora() {
    assertTrue(rejected("bench", "--layer", "2147483647,2147483647,64,8,2").contains("memory"));
    assertTrue(rejected("bench", "--layer", "1000,100000,100000,64,2").contains("memory"));
    String file = folder.resolve("c.arrow").toString();
    for (String options :
        List.of(
            "--sequence-length 2147483647",
            "--sequences 2147483647 --sequence-length 16777216",
            "--vocabulary 8192 --domains 2147483647")) {
      List<String> command = new ArrayList<>(List.of("data", "synthetic", file));
      command.addAll(List.of(options.split(" ")));
      rejected(command.toArray(String[]::new));
    }
    assertTrue(Files.notExists(folder.resolve("c.arrow")));
  }
}
