package org.jmoe.data.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jmoe.io.DataFormatException;

/** Turns text into token ids and back. */
public interface TextTokenizer extends AutoCloseable {
  /** Name of the byte tokenizer, where a file could stand. */
  String BYTES = "bytes";

  /** Name for people: {@code bytes} or a file's name. */
  String name();

  /** SHA-256 of what defines the tokenizer, in hexadecimal. */
  String sha256();

  /** Number of ids; ids lie in [0, vocabulary). */
  int vocabulary();

  /** Id of the token that separates documents, if there is one. */
  OptionalInt separator();

  /** The separator and who names it, in one line. */
  default String separatorNote() {
    return separator().isPresent()
        ? "separator: id " + separator().getAsInt()
        : "no separator: the tokenizer names no end token, so documents follow one another"
            + " directly";
  }

  /** Why two encodings of one text may differ, in one sentence, if they may. */
  default Optional<String> randomness() {
    return Optional.empty();
  }

  /**
   * Ids of a text; with {@code specialTokens} also those that the tokenizer's template adds at the
   * ends.
   */
  int[] encode(String text, boolean specialTokens);

  /** Text of ids, without special tokens. */
  String decode(int[] ids);

  @Override
  void close();

  /**
   * Opens a tokenizer.
   *
   * @param name {@code bytes}, or the path of a Hugging Face {@code tokenizer.json}
   * @throws IllegalArgumentException when there is no such file
   * @throws DataFormatException when the file is no tokenizer
   */
  static TextTokenizer open(String name) {
    if (name.equals(BYTES)) {
      return new ByteTokenizer();
    }
    Path path = Path.of(name);
    Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "There is no tokenizer "
              + name
              + "; name a tokenizer.json, or bytes for the byte tokenizer.");
    }
    return HuggingFaceTextTokenizer.load(file);
  }
}
