package org.jmoe.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jmoe.data.files.Surrogates;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jspecify.annotations.Nullable;

/**
 * A Hugging Face {@code tokenizer.json}, without truncation or padding, running in a separate
 * process.
 */
final class HuggingFaceTextTokenizer implements TextTokenizer {

  private static final int SHOWN = 20;
  private static final int MAX_IDS = 1 << 28; // published vocabularies have at most 2^20

  private final Path file;
  private final TokenizerLimits limits;
  private final String sha256;
  private final int vocabulary;
  private final Optional<EndToken> end;
  private final double dropout;
  private @Nullable TokenizerProcess worker; // null after a crash, until the next request

  private HuggingFaceTextTokenizer(
      Path file, TokenizerLimits limits, TokenizerProcess worker, String sha256, JsonNode json) {
    this.file = file;
    this.limits = limits;
    this.worker = worker;
    this.sha256 = sha256;
    this.vocabulary = vocabulary(file, json);
    this.end = EndToken.find(file, json);
    this.dropout = json.path("model").path("dropout").asDouble();
  }

  static HuggingFaceTextTokenizer load(Path file) {
    return load(file, TokenizerLimits.standard());
  }

  static HuggingFaceTextTokenizer load(Path file, TokenizerLimits limits) {
    byte[] bytes = Json.bytes(file);
    JsonNode json = Json.parse(file, bytes);
    if (!json.path("model").path("vocab").isContainerNode()) {
      throw new DataFormatException(
          file, "is not a tokenizer: it has no model.vocab; specify a Hugging Face tokenizer.json");
    }
    vocabulary(file, json); // before a process starts
    return new HuggingFaceTextTokenizer(
        file, limits, start(file, bytes, limits), sha256(bytes), json);
  }

  private static TokenizerProcess start(Path file, byte[] bytes, TokenizerLimits limits) {
    try {
      return TokenizerProcess.start(bytes, limits);
    } catch (TokenizerProcess.Failure e) {
      throw new DataFormatException(file, "is not a usable tokenizer: " + e.getMessage(), e);
    }
  }

  private static String sha256(byte[] bytes) {
    return Hashing.sha256().hashBytes(bytes).toString();
  }

  private static int vocabulary(Path file, JsonNode json) {
    JsonNode vocab = json.path("model").path("vocab");
    long max =
        vocab.isArray() ? vocab.size() - 1 : -1; // Unigram lists [token, score] in order of ids
    if (vocab.isObject()) {
      for (JsonNode id : vocab) {
        max = Math.max(max, id.asLong());
      }
    }
    for (JsonNode token : json.path("added_tokens")) {
      max = Math.max(max, token.path("id").asLong());
    }
    if (max >= MAX_IDS) {
      throw new DataFormatException(
          file, "has a token with id %d; use ids below %d".formatted(max, MAX_IDS));
    }
    return (int) max + 1;
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
    return end.map(token -> OptionalInt.of(token.id())).orElse(OptionalInt.empty());
  }

  @Override
  public String separatorNote() {
    return end.map(
            token ->
                "separator: %s (id %d), according to %s"
                    .formatted(token.content(), token.id(), token.origin()))
        .orElseGet(TextTokenizer.super::separatorNote);
  }

  @Override
  public Optional<String> randomness() {
    return dropout > 0
        ? Optional.of(
            "%s drops merges randomly (model.dropout %s), which is not reproducible; set model.dropout to null"
                .formatted(file, dropout))
        : Optional.empty();
  }

  @Override
  public int[] encode(String text, boolean specialTokens) {
    byte kind = specialTokens ? TokenizerFrames.ENCODE_SPECIAL : TokenizerFrames.ENCODE;
    try {
      return checked(
          TokenizerFrames.ids(
              call(kind, Surrogates.repair(text).getBytes(StandardCharsets.UTF_8))));
    } catch (TokenizerProcess.Failure e) {
      boolean complete = text.length() <= SHOWN;
      String shown = ErrorTail.clause(complete ? text : text.substring(0, SHOWN) + "…");
      throw new TokenizationException(name(), "the text '" + shown + "'", e.reason());
    }
  }

  /** Rejects ids that the tokenizers library assigned differently from the file. */
  private int[] checked(int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new DataFormatException(
            file,
            "gives a token the id %d, but its largest id is %d; correct the ids of added_tokens"
                .formatted(id, vocabulary - 1));
      }
    }
    return ids;
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
    try {
      byte[] text = call(TokenizerFrames.DECODE, TokenizerFrames.bytes(ids));
      return new String(text, StandardCharsets.UTF_8);
    } catch (TokenizerProcess.Failure e) {
      throw new DataFormatException(
          file,
          "cannot decode %d ids: %s; use another tokenizer".formatted(ids.length, e.reason()),
          e);
    }
  }

  private synchronized byte[] call(byte kind, byte[] payload) throws TokenizerProcess.Failure {
    if (worker == null) {
      byte[] bytes = Json.bytes(file);
      if (!sha256(bytes).equals(sha256)) {
        throw new DataFormatException(
            file, "was changed while it was in use; run the command again");
      }
      worker = start(file, bytes, limits);
    }
    try {
      return worker.call(kind, payload);
    } finally {
      if (!worker.isAlive()) {
        worker = null;
      }
    }
  }

  @Override
  public synchronized void close() {
    if (worker != null) {
      worker.close();
    }
  }
}
