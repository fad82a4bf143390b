package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.Json;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands on published checkpoints. */
final class PublishedCommandsTest {
  private static final ObjectMapper JSON = Json.plain();

  @TempDir Path folder = Path.of("");

  private Path ids(String text) throws IOException {
    return Files.writeString(folder.resolve("ids.json"), text);
  }

  private static String model() {
    return Shared.path("fixtures/hf/mixtral").toString();
  }

  @Test
  void logitsHaveTheShapeOfTheInput() throws IOException {
    Run run = Run.of("logits", model(), "--ids", ids("{\"ids\": [[4, 5], [6, 7]]}").toString());
    assertEquals(0, run.code(), run.err());
    JsonNode reply = JSON.readTree(run.out());
    assertEquals(2, reply.get("logits").size());
    assertEquals(2, reply.get("logits").get(0).size());
    assertEquals(96, reply.get("logits").get(0).get(0).size());
    assertEquals("model.layers.1.mlp.gate", reply.at("/router_outputs/1/module").asText());
    assertEquals(4, reply.at("/router_outputs/1/tensors/2").size());
  }

  @Test
  void generatesFromIdsWithoutATokenizer() throws IOException {
    String row = ids("[4, 5, 6]").toString();
    Run run = Run.of("generate", model(), "--ids", row, "--temperature", "0", "--tokens", "3");
    assertEquals(0, run.code(), run.err());
    assertEquals(3, JSON.readTree(run.out()).at("/continuation/0").size());
    Run prompt = Run.of("generate", model(), "--prompt", "hello");
    assertEquals(2, prompt.code());
    assertTrue(prompt.err().contains("names no tokenizer"), prompt.err());
  }

  @Test
  void inspectCountsParameters() throws IOException {
    Run run = Run.of("inspect", model(), "--json");
    assertEquals(0, run.code(), run.err());
    assertEquals(49568, JSON.readTree(run.out()).at("/parameters/total").asLong());
    assertTrue(Run.of("inspect", model()).out().contains("dropless"));
  }

  @Test
  void exitCodesDistinguishUsageFromInput() throws IOException {
    assertEquals(2, Run.of("inspect", folder.resolve("nowhere").toString()).code());
    assertEquals(2, Run.of("logits", model()).code());
    assertEquals(2, Run.of("inspect", folder.toString()).code());
    String outside = ids("[[96]]").toString();
    Run run = Run.of("logits", model(), "--ids", outside);
    assertEquals(1, run.code());
    assertTrue(run.err().contains("[0, 96)"), run.err());
    String ragged = ids("[[1], [2, 3]]").toString();
    assertEquals(1, Run.of("logits", model(), "--ids", ragged).code());
    String unknown = ids("{\"ids\": [[1]], \"maks\": [[1]]}").toString();
    assertEquals(1, Run.of("logits", model(), "--ids", unknown).code());
  }

  @Test
  void prunesAndMergesExpertsWithData() {
    Path data = TinyRuns.corpus(folder);
    for (String how :
        new String[] {"prune --by frequency", "prune --by reap", "merge", "merge --tied"}) {
      String target = folder.resolve(how.replaceAll("[ -]+", "_")).toString();
      String[] words = how.split(" ", -1);
      java.util.List<String> all = new java.util.ArrayList<>();
      all.add(words[0]);
      all.add(model());
      all.add(target);
      all.addAll(java.util.List.of("--keep", "3", "--data", data.toString()));
      all.addAll(java.util.Arrays.asList(words).subList(1, words.length));
      Run run = Run.of(all.toArray(String[]::new));
      assertEquals(0, run.code(), run.err());
      Run inspected = Run.of("inspect", target);
      String count = how.contains("tied") ? "4 of" : "3 of";
      assertTrue(inspected.out().contains("experts        " + count), inspected.out());
    }
    Run wrong =
        Run.of(
            "prune",
            model(),
            folder.resolve("x").toString(),
            "--keep",
            "9",
            "--data",
            data.toString());
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("Cannot keep 9 of 4 experts"), wrong.err());
  }
}
