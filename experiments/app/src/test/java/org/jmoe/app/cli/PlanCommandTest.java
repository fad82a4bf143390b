package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.app.cli.plan.TokenCount;
import org.jmoe.io.Json;
import org.jmoe.planning.model.NamedArchitecture;
import org.jmoe.planning.model.NamedArchitectures;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs {@code jmoe plan}. */
final class PlanCommandTest {
  private static final String MIXTRAL =
      """
      {"model_type": "mixtral", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4,
       "intermediate_size": 96, "num_local_experts": 4, "num_experts_per_tok": 2,
       "num_key_value_heads": 2, "num_hidden_layers": 3, "max_position_embeddings": 128}
      """;

  @TempDir Path folder = Path.of("");

  @BeforeEach
  void writeInputs() throws IOException {
    RunJson json = TinyRuns.json();
    String config = json.text(TinyRuns.tree(TinyRuns.corpus(folder), json));
    Files.writeString(folder.resolve("run.json"), config);
    Files.writeString(folder.resolve("broken.json"), config.replace("\"experts\"", "\"expertts\""));
    Files.createDirectory(folder.resolve("empty"));
    Path hub = Files.createDirectory(folder.resolve("hub"));
    Files.writeString(hub.resolve("config.json"), MIXTRAL);
    Path odd = Files.createDirectory(folder.resolve("odd"));
    Files.writeString(odd.resolve("config.json"), MIXTRAL.replace("mixtral", "mamba"));
    Path run = Files.createDirectory(folder.resolve("untrained"));
    Files.writeString(run.resolve("run.json"), config);
  }

  private static JsonNode json(Run run) throws JsonProcessingException {
    assertEquals(0, run.code(), run.err());
    return Json.plain().readTree(run.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | plan | Give one of MODEL, --list and --all",
        "2 | plan mixtral-8x7b --list | Give one of MODEL, --list and --all",
        "2 | plan mixtral-8x7 | did you mean 'mixtral-8x7b'? Run jmoe plan --list",
        "2 | plan {}/none | unknown model, file or folder",
        "2 | plan {}/empty | is neither a run nor a published checkpoint",
        "2 | plan {}/broken.json | unknown key 'model.layers[1].blocks[0].moe.expertts'; did you"
            + " mean 'experts'?",
        "1 | plan {}/odd | has model_type = \"mamba\"; implemented are",
        "2 | plan mixtral-8x7b | does not fit: its smallest layout (ep 8, etp 1, dp 1, tp 8, micro"
            + " 1, recomputed) needs",
        "2 | plan olmoe-1b-7b --cluster 8xV100 | unknown device 'V100'",
        "2 | plan olmoe-1b-7b --cluster nine | must be a file or NUMBERxDEVICE",
        "2 | plan olmoe-1b-7b --nodes 0 | --nodes must be between 1 and",
        "2 | plan olmoe-1b-7b --tokens many | is no number of tokens",
        "2 | plan olmoe-1b-7b --tokens 100 | shorter than one sequence of 4096",
        "2 | plan olmoe-1b-7b --tokens 4096 --tp 1 | raise --tokens to 32768",
        "2 | plan olmoe-1b-7b --capacity 0 | --capacity is '0'; give a factor above 0",
        "2 | plan olmoe-1b-7b --capacity lots | --capacity is 'lots'",
        "2 | plan olmoe-1b-7b --precision int8 | --precision is 'int8'",
        "2 | plan olmoe-1b-7b --precision fp8 --cluster 8xA100-80G | has no 8-bit matmul; use"
            + " --precision bf16",
        "2 | plan olmoe-1b-7b --zero 4 | zero must be between 0 and 3, not 4",
        "2 | plan olmoe-1b-7b --efficiency 2 | efficiency must be above 0 and at most 1",
        "2 | plan olmoe-1b-7b --zipf -1 | Zipf exponent must be between 0 and 100, got -1",
        "2 | plan olmoe-1b-7b --zipf 1 --load {}/untrained | --zipf and --load exclude",
        "2 | plan olmoe-1b-7b --load {}/empty | is not a run: it has no run.json",
        "2 | plan olmoe-1b-7b --load {}/untrained | has no routing.arrow; train the run first",
        "2 | plan olmoe-1b-7b --ep 3 | must divide the devices and the experts (64)",
        "2 | plan olmoe-1b-7b --sequence 0 | sequence must be at least 1",
      })
  void failuresAreOneSentence(int code, String line, String message) {
    Run run = Run.of(line.replace("{}", folder.toString()).split(" ", -1));
    assertEquals(code, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertFalse(run.err().contains("Exception"), run.err());
    assertEquals("", run.out());
  }

  @Test
  void listContainsAllModelsAndPublishedSizes() throws JsonProcessingException {
    Run text = Run.of("plan", "--list");
    JsonNode numbers = json(Run.of("plan", "--list", "--json"));
    assertEquals(NamedArchitectures.all().size(), numbers.size());
    for (NamedArchitecture named : NamedArchitectures.all()) {
      assertTrue(text.out().contains("\n" + named.name() + " "), named.name());
      assertTrue(text.out().contains(" " + named.published().total() + " "), named.name());
    }
    assertEquals(46_702_792_704L, numbers.at("/0/parameters/total").asLong());
  }

  @Test
  void plansAreCompleteAndDeterministic() throws JsonProcessingException {
    String[] line = {"plan", "olmoe-1b-7b", "--ep", "8", "--zipf", "0.5"};
    Run text = Run.of(line);
    assertEquals(0, text.code(), text.err());
    for (String part :
        new String[] {
          "olmoe-1b-7b: 6.92 B parameters, 1.28 B active",
          "best layout: ",
          "memory per device",
          "all-to-all",
          "rules",
          "no step is faster",
          "Zipf 0.5",
          "layouts fit"
        }) {
      assertTrue(text.out().contains(part), part + " in\n" + text.out());
    }
    assertEquals(text.out(), Run.of(line).out());
    String[] seeded = {"plan", "olmoe-1b-7b", "--ep", "8", "--zipf", "0.5", "--json"};
    JsonNode one = json(Run.of(seeded));
    assertEquals("Zipf 0.5", one.at("/imbalance/0/load").asText());
    assertTrue(one.at("/plans/0/crowding").asDouble() > 1);
    assertTrue(one.at("/imbalance/0/dropRates/1.0").asDouble() > 0);
    double slowdown = one.at("/imbalance/0/stepSlowdown").asDouble();
    assertTrue(slowdown > 1, "" + slowdown);
  }

  @Test
  void balancedLoadHasNoDropsAndNoSlowdown() throws JsonProcessingException {
    JsonNode plan =
        json(Run.of("plan", "olmoe-1b-7b", "--nodes", "2", "--capacity", "1.1", "--json"));
    JsonNode even = plan.at("/imbalance/0");
    assertEquals("balanced", even.get("load").asText());
    assertEquals(1, even.get("stepSlowdown").asDouble());
    assertEquals(0, even.at("/dropRates/1.1").asDouble());
    assertEquals(4, plan.get("imbalance").size());
  }

  @Test
  void everyPublishedModelHasARow() throws JsonProcessingException {
    JsonNode rows = json(Run.of("plan", "--all", "--cluster", "64xH100", "--json"));
    assertEquals(NamedArchitectures.all().size(), rows.size());
    for (JsonNode row : rows) {
      assertTrue(row.has("plan") != row.has("fewestDevices"), row.toString());
    }
    String text = Run.of("plan", "--all", "--cluster", "64xH100").out();
    assertTrue(text.contains("switch-c         1,571.31 B    1.73 B does not fit; "), text);
  }

  @Test
  void plansAPublishedModelFromItsConfig() throws JsonProcessingException {
    JsonNode plan =
        json(Run.of("plan", folder.resolve("hub").toString(), "--tokens", "64k", "--json"));
    // Embeddings 2 * 6400, norms 7 * 64; per layer: attention 64 * (4 + 2 + 2) * 16 + 64 * 64,
    // router
    // 4 * 64, four experts of 3 * 64 * 96.
    assertEquals(
        12_800 + 448 + 3 * (8192 + 4096 + 256 + 4 * 18_432), plan.at("/parameters/total").asLong());
  }

  @Test
  void plansARunWithItsMeasuredLoad() throws JsonProcessingException {
    Path out = folder.resolve("out");
    Run train = Run.of("train", folder.resolve("run.json").toString(), "--out", out.toString());
    assertEquals(0, train.code(), train.err());
    RunConfig config = TinyRuns.config(folder.resolve("tiny.arrow"));
    String[] line = {
      "plan", out.toString(), "--cluster", "2xA100-80G", "--load", out.toString(), "--json"
    };
    JsonNode plan = json(Run.of(line));
    assertEquals(config.model().parameters(), plan.at("/parameters/total").asLong());
    assertEquals(config.model().activeParameters(), plan.at("/parameters/active").asLong());
    assertEquals(config.training().sequence(), plan.at("/workload/sequence").asInt());
    assertEquals(config.training().tokensPerStep(), plan.at("/workload/tokens").asLong());
    assertEquals(out.toString(), plan.at("/imbalance/0/load").asText());
    assertTrue(plan.at("/imbalance/0/maxOverMean").asDouble() > 1);
    Run other = Run.of("plan", "olmoe-1b-7b", "--load", out.toString());
    assertEquals(2, other.code());
    assertTrue(other.err().contains("the planned model has 64"), other.err());
  }

  @ParameterizedTest
  @CsvSource({
    "4096,4096",
    "512k,512000",
    "4M,4000000",
    "4Mi,4194304",
    "1.5Ki,1536",
    "2G,2000000000"
  })
  void parsesTokenCounts(String text, long tokens) {
    assertEquals(tokens, new TokenCount().convert(text));
  }
}
