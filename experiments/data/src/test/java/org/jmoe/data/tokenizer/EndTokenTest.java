package org.jmoe.data.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jmoe.data.corpus.CorpusBuilder;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.text.TextSource;
import org.jmoe.io.Json;
import org.jmoe.io.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Detection of the separator token and of non-deterministic tokenizers. */
final class EndTokenTest {
  private static final String TOKENIZER =
      """
      {"version": "1.0", "truncation": null, "padding": null, "normalizer": null,
       "pre_tokenizer": null, "post_processor": null, "decoder": null,
       "added_tokens": [
         {"id": 2, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true},
         {"id": 3, "content": "<|turn|>", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true}],
       "model": {"type": "BPE", "dropout": %s, "unk_token": null, "continuing_subword_prefix": null,
         "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
         "vocab": {"a": 0, "b": 1, "%s": 2, "<|turn|>": 3}, "merges": []}}
      """;

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(
      strings = {"<|endoftext|>", "[EOS]", "</s>", "<\uFF5Cend\u2581of\u2581sentence\uFF5C>"})
  void commonNamesAreRecognized(String name) throws IOException {
    Path file = tokenizer(name, "null");
    assertEquals(
        Optional.of(new EndToken(2, name, "its name")), EndToken.find(file, Json.parse(file)));
  }

  @Test
  void configurationFilesTakePrecedence() throws IOException {
    Path file = tokenizer("<|endoftext|>", "null");
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [3, 2]}");
    assertEquals(
        "generation_config.json", EndToken.find(file, Json.parse(file)).orElseThrow().origin());
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"eos_token\": {\"content\": \"<|turn|>\"}}");
    assertEquals(
        Optional.of(new EndToken(3, "<|turn|>", "tokenizer_config.json")),
        EndToken.find(file, Json.parse(file)));
    try (TextTokenizer tokenizer = TextTokenizer.open(file.toString())) {
      assertEquals(OptionalInt.of(3), tokenizer.separator());
      assertEquals(
          "separator: <|turn|> (id 3), according to tokenizer_config.json",
          tokenizer.separatorNote());
    }
  }

  @Test
  void missingSeparatorIsReported() throws IOException {
    Path file = tokenizer("<|other|>", "null");
    try (TextTokenizer tokenizer = TextTokenizer.open(file.toString())) {
      assertTrue(tokenizer.separatorNote().startsWith("no separator"), tokenizer.separatorNote());
    }
  }

  @Test
  void bpeDropoutIsRejectedForBuilding() throws IOException {
    Path file = tokenizer("</s>", "0.1");
    Path text = Files.writeString(folder.resolve("a.txt"), "ab");
    try (TextTokenizer tokenizer = TextTokenizer.open(file.toString())) {
      CorpusBuilder builder =
          new CorpusBuilder(tokenizer, false, new HeldOut(0, 0), false, Map.of());
      TextSource source = TextSource.of(text, new TextSource.Fields("text", List.of("domain")));
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  builder.build(
                      List.of(source), folder.resolve("o.arrow"), false, Progress.none()));
      assertTrue(String.valueOf(e.getMessage()).contains("model.dropout"), e.getMessage());
    }
  }

  private Path tokenizer(String end, String dropout) throws IOException {
    return Files.writeString(
        folder.resolve("tokenizer.json"), TOKENIZER.formatted(end, dropout, end));
  }
}
