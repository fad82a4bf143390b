package org.jmoe.data.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.JsonSweep;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mutates the JSON files of a tokenizer: they are read, or rejected with one sentence. */
final class MutatedTokenizerTest {
  private static final String TOKENIZER =
      """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [{"id": 3, "content": "<end>", "single_word": false, "lstrip": false,
         "rstrip": false, "normalized": false, "special": true}],
       "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
       "decoder": null,
       "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "?": 2}, "unk_token": "?"}}
      """;

  @TempDir Path folder = Path.of("");
  private Path tokenizer = Path.of("");

  @BeforeEach
  void write() throws IOException {
    tokenizer = Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tokenizer_config.json | {\"eos_token\": {\"content\": \"<end>\", \"lstrip\": false}} |"
            + " 100",
        "tokenizer_config.json | {\"eos_token\": \"<end>\", \"model_max_length\": 1e30} | 70",
        "generation_config.json | {\"eos_token_id\": [3, 7]} | 70",
        "config.json | {\"eos_token_id\": 3} | 50",
      })
  void configuration(String name, String json, int least) throws IOException {
    JsonNode good = Json.parse(tokenizer);
    assertEquals(3, found(good, name, json));
    int count =
        JsonSweep.of(
            folder.resolve(name),
            file -> EndToken.find(tokenizer, good),
            List.of(DataFormatException.class));
    assertTrue(count >= least, count + "");
  }

  private int found(JsonNode good, String name, String json) throws IOException {
    Files.writeString(folder.resolve(name), json);
    return EndToken.find(tokenizer, good).orElseThrow().id();
  }

  /** Starts a process per variant. */
  @Tag("soak")
  @Test
  void tokenizer() throws IOException {
    int count =
        JsonSweep.of(
            tokenizer,
            file -> {
              try (TextTokenizer opened = TextTokenizer.open(file.toString())) {
                opened.separatorNote();
                opened.decode(opened.encode("a b <end> c", true));
                assertTrue(opened.vocabulary() > 0);
              }
            },
            List.of(DataFormatException.class, TokenizationException.class));
    assertTrue(count > 300, count + "");
  }
}
