package org.jmoe.data.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jmoe.io.DataFormatException;

/** Converts text to token ids and back. */
public interface TextTokenizer extends AutoCloseable {
  /** Name of the byte tokenizer, accepted instead of a file. */
  String BYTES = "bytes";

  /** Returns the display name: {@code bytes} or a file name. */
  String name();

  /** Returns the SHA-256 of the tokenizer's definition, in hexadecimal. */
  String sha256();

  /** Returns the vocabulary size; ids are in [0, vocabulary). */
  int vocabulary();

  /** Returns the id of the token that separates documents, if there is one. */
  OptionalInt separator();

  /** Returns the separator and its origin in one line. */
  default String separatorNote() {
    return separator().isPresent()
        ? "separator: id " + separator().getAsInt()
        : "no separator: the tokenizer specifies no end token, so documents are concatenated"
            + " directly";
  }

  /** Returns the reason why encoding is not deterministic, in one sentence; empty if it is. */
  default Optional<String> randomness() {
    return Optional.empty();
  }

  /**
   * Encodes a text; with {@code specialTokens}, adds the special tokens of the tokenizer's
   * template.
   */
  int[] encode(String text, boolean specialTokens);

  /** Decodes ids to text, without special tokens. */
  String decode(int[] ids);

  @Override
  void close();

  /**
   * Opens a tokenizer.
   *
   * @param name {@code bytes}, or the path of a Hugging Face {@code tokenizer.json}
   * @throws IllegalArgumentException if the file does not exist
   * @throws DataFormatException if the file is not a tokenizer
   */
  static TextTokenizer open(String name) {
    if (name.equals(BYTES)) {
      return new ByteTokenizer();
    }
    Path path = Path.of(name);
    Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "The tokenizer "
              + name
              + " does not exist; specify a tokenizer.json, or bytes for the byte tokenizer.");
    }
    return HuggingFaceTextTokenizer.load(file);
  }
}
