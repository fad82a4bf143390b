package org.jmoe.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;

/**
 * The token that ends a document.
 *
 * @param content text of the token
 * @param origin file that specifies the token, or "its name" if it has a common name
 */
record EndToken(int id, String content, String origin) {
  private static final String CONFIG = "tokenizer_config.json";
  private static final ImmutableList<String> COMMON =
      ImmutableList.of(
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|eot|>",
          "</s>",
          "<eos>",
          "[EOS]",
          "<\uFF5Cend\u2581of\u2581sentence\uFF5C>", // DeepSeek
          "<|endofdocument|>",
          "<|return|>",
          "<|im_end|>",
          "<|eot_id|>",
          "<end_of_turn>",
          "[SEP]");

  /**
   * Finds the token in the tokenizer and generation configurations next to the file, or otherwise
   * among common names.
   *
   * @param json content of the tokenizer file
   */
  static Optional<EndToken> find(Path file, JsonNode json) {
    Optional<EndToken> configured =
        sibling(file, CONFIG)
            .flatMap(config -> eosToken(file.resolveSibling(CONFIG), config))
            .flatMap(token -> ofContent(json, token, CONFIG));
    return configured
        .or(() -> ofId(file, "generation_config.json", json))
        .or(() -> ofId(file, "config.json", json))
        .or(() -> common(json));
  }

  private static Optional<String> eosToken(Path file, JsonNode config) {
    JsonNode token = config.path("eos_token");
    if (token.isMissingNode() || token.isNull()) {
      return Optional.empty();
    }
    JsonNode content = token.isObject() ? token.path("content") : token;
    if (!content.isTextual()) {
      throw new DataFormatException(
          file,
          "has eos_token = %s; use a string or an object with a string as its content"
              .formatted(ErrorTail.clause(token.toString())));
    }
    return Optional.of(content.textValue());
  }

  private static Optional<JsonNode> sibling(Path file, String name) {
    Path other = file.resolveSibling(name);
    return Files.isRegularFile(other) ? Optional.of(JsonFiles.object(other)) : Optional.empty();
  }

  private static Optional<EndToken> ofId(Path file, String name, JsonNode json) {
    return sibling(file, name).stream()
        .flatMap(config -> EndTokens.of(file.resolveSibling(name), config).stream().limit(1))
        .flatMap(id -> content(json, id).map(text -> new EndToken(id, text, name)).stream())
        .findFirst();
  }

  private static Optional<EndToken> common(JsonNode json) {
    return COMMON.stream().flatMap(name -> ofContent(json, name, "its name").stream()).findFirst();
  }

  private static Optional<EndToken> ofContent(JsonNode json, String content, String origin) {
    for (JsonNode token : json.path("added_tokens")) {
      if (content.equals(token.path("content").asText())) {
        return Optional.of(new EndToken(token.path("id").asInt(), content, origin));
      }
    }
    JsonNode id = json.path("model").path("vocab").path(content);
    return id.isInt()
        ? Optional.of(new EndToken(id.intValue(), content, origin))
        : Optional.empty();
  }

  private static Optional<String> content(JsonNode json, int id) {
    for (JsonNode token : json.path("added_tokens")) {
      if (token.path("id").asInt(-1) == id) {
        return Optional.of(token.path("content").asText());
      }
    }
    return Optional.empty();
  }
}
