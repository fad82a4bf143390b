package org.jmoe.experiments.data;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

/** A {@code tokenizer.json} of Hugging Face, without truncation or padding. */
final class HuggingFaceTextTokenizer implements TextTokenizer {
  private static final ImmutableList<String> SEPARATORS =
      ImmutableList.of("<|endoftext|>", "<|end_of_text|>", "<|eot|>", "</s>", "<eos>", "[SEP]");

  private final Path file;
  private final HuggingFaceTokenizer tokenizer;
  private final String sha256;
  private final int vocabulary;
  private final OptionalInt separator;

  private HuggingFaceTextTokenizer(
      Path file, HuggingFaceTokenizer tokenizer, String sha256, JsonNode json) {
    this.file = file;
    this.tokenizer = tokenizer;
    this.sha256 = sha256;
    this.vocabulary = maxId(json) + 1;
    this.separator = separator(json);
  }

  static HuggingFaceTextTokenizer load(Path file) {
    JsonNode json = Json.parse(file);
    if (!json.path("model").path("vocab").isContainerNode()) {
      throw new DataFormatException(
          file, "is no tokenizer: it has no model.vocab; name a tokenizer.json of Hugging Face");
    }
    try {
      String sha256 = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
      Map<String, String> plain = Map.of("truncation", "false", "padding", "false");
      return new HuggingFaceTextTokenizer(
          file, HuggingFaceTokenizer.newInstance(file.toAbsolutePath(), plain), sha256, json);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (RuntimeException e) {
      throw new DataFormatException(file, "is no usable tokenizer: " + e.getMessage(), e);
    }
  }

  private static int maxId(JsonNode json) {
    JsonNode vocab = json.path("model").path("vocab");
    int max =
        vocab.isArray() ? vocab.size() - 1 : -1; // Unigram lists [token, score] in order of ids
    if (vocab.isObject()) {
      for (JsonNode id : vocab) {
        max = Math.max(max, id.asInt());
      }
    }
    for (JsonNode token : json.path("added_tokens")) {
      max = Math.max(max, token.path("id").asInt());
    }
    return max;
  }

  private static OptionalInt separator(JsonNode json) {
    for (String name : SEPARATORS) {
      for (JsonNode token : json.path("added_tokens")) {
        if (name.equals(token.path("content").asText())) {
          return OptionalInt.of(token.path("id").asInt());
        }
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public String name() {
    return String.valueOf(file.getFileName());
  }

  @Override
  public String sha256() {
    return sha256;
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public OptionalInt separator() {
    return separator;
  }

  @Override
  public int[] encode(String text, boolean specialTokens) {
    return Arrays.stream(tokenizer.encode(text, specialTokens, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  @Override
  public String decode(int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "The token %d is outside of the vocabulary [0, %d) of %s."
                .formatted(id, vocabulary, file));
      }
    }
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
