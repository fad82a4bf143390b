package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.formats.Shared;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.io.Json;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests where generated texts end and how they are printed. */
final class GenerateCommandTest {
  private static final ObjectMapper JSON = Json.plain();

  @TempDir Path folder = Path.of("");
  private Path model = Path.of("");

  /** Exports a checkpoint with a vocabulary of 300, of which the byte tokenizer covers 256. */
  @BeforeEach
  void export() throws IOException {
    RunJson json = TinyRuns.json();
    Path run = folder.resolve("run");
    Path config = folder.resolve("tiny.json");
    Files.writeString(
        config,
        json.text(
            TinyRuns.tree(
                TinyRuns.corpus(folder), json, "model.vocabulary=300", TinyRuns.moeEverywhere())));
    model = folder.resolve("model");
    ok("train", config.toString(), "--out", run.toString());
    ok("export", run.toString(), model.toString());
    Files.writeString(folder.resolve("ids.json"), "[[116, 104, 101]]"); // "the"
  }

  private static Run ok(String... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  private Run generate(String... more) {
    List<String> args = new ArrayList<>(List.of("generate", model.toString(), "--tokens", "12"));
    args.addAll(List.of(more));
    return Run.of(args.toArray(String[]::new));
  }

  private List<Integer> ids() throws IOException {
    Run run = generate("--ids", folder + "/ids.json", "--temperature", "2", "--top-p", "1");
    assertEquals(0, run.code(), run.err());
    List<Integer> ids = new ArrayList<>();
    JSON.readTree(run.out()).at("/continuation/0").forEach(id -> ids.add(id.intValue()));
    return ids;
  }

  private String text(String... more) {
    List<String> args = new ArrayList<>(List.of("--prompt", "the", "--tokenizer", "bytes"));
    args.addAll(List.of("--temperature", "2", "--top-p", "1"));
    args.addAll(List.of(more));
    Run run = generate(args.toArray(String[]::new));
    assertEquals(0, run.code(), run.err());
    return run.out();
  }

  @Test
  void everyEndTokenEndsTheText() throws IOException {
    List<Integer> all = ids();
    assertEquals(12, all.size());
    int first = all.get(4);
    Files.writeString(
        model.resolve("generation_config.json"), "{\"eos_token_id\": [299, %d]}".formatted(first));
    assertEquals(all.subList(0, all.indexOf(first) + 1), ids());
    int other = all.get(2);
    Files.writeString(
        model.resolve("generation_config.json"), "{\"eos_token_id\": %d}".formatted(other));
    assertEquals(all.subList(0, all.indexOf(other) + 1), ids());
  }

  @Test
  void skipsIdsWithoutText() throws IOException {
    int[] known = ids().stream().mapToInt(Integer::intValue).filter(id -> id < 256).toArray();
    assertTrue(known.length < 12, "no generated id is outside the tokenizer");
    String text = "the" + new ByteTokenizer().decode(known) + "\n";
    assertEquals(text, text());
  }

  @Test
  void doesNotPrintStopTexts() {
    String whole = text().strip();
    String stop = whole.substring(5, 6);
    int at = whole.indexOf(stop, 3);
    assertEquals(whole.substring(0, at) + "\n", text("--stop", "no such text", "--stop", stop));
    assertTrue(generate("--prompt", "the", "--stop", "").err().contains("--stop is empty"));
    Run ids = generate("--ids", folder + "/ids.json", "--stop", "x");
    assertEquals(2, ids.code());
    assertTrue(ids.err().contains("--stop ends a text"), ids.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"2\"", "-1", "1.5", "[1, null]", "{}", "true"})
  void rejectsInvalidEndTokens(String value) throws IOException {
    Files.writeString(
        model.resolve("generation_config.json"), "{\"eos_token_id\": %s}".formatted(value));
    Run run = generate("--ids", folder + "/ids.json");
    assertEquals(1, run.code());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("generation_config.json has eos_token_id = "), run.err());
  }

  @Test
  void endsLikeTransformers() throws IOException {
    Path published = Shared.path("cases/files/10-generate-stops-at-eos/model");
    JsonNode expected = JSON.readTree(published.resolve("gen.json").toFile());
    String ids = published.resolve("p.json").toString();
    Run run = ok("generate", published + "", "--ids", ids, "--temperature", "0", "--tokens", "30");
    assertEquals(expected.get("stopped"), JSON.readTree(run.out()).at("/continuation/0"));
    String prompt = expected.get("prompt").asText();
    run = ok("generate", published + "", "--prompt", prompt, "--temperature", "0");
    assertEquals(prompt + expected.get("text").asText() + "\n", run.out());
  }
}
