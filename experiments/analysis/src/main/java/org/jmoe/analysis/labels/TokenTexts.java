package org.jmoe.analysis.labels;

import java.util.Optional;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jspecify.annotations.Nullable;

/** Readable form of token ids: text if the tokenizer is known, otherwise numbers. */
public final class TokenTexts {
  private static final int PRINTABLE = 0x20;
  private static final int DELETE = 0x7F;

  private final @Nullable TextTokenizer tokenizer;
  private final @Nullable TokenClass[] classes;

  private TokenTexts(@Nullable TextTokenizer tokenizer) {
    this.tokenizer = tokenizer;
    classes = new TokenClass[tokenizer == null ? 0 : tokenizer.vocabulary()];
  }

  /** Returns the form for an unknown tokenizer. */
  public static TokenTexts unknown() {
    return new TokenTexts(null);
  }

  /** Returns the texts of a tokenizer, which must stay open. */
  public static TokenTexts of(TextTokenizer tokenizer) {
    return new TokenTexts(tokenizer);
  }

  /** Returns whether the tokenizer is known. */
  public boolean isKnown() {
    return tokenizer != null;
  }

  /**
   * Returns one token, such as {@code "the"} in quotes, or {@code #12} if it has no text of its
   * own.
   */
  public String show(int id) {
    String text = decode(id);
    return text.isEmpty() || TokenClass.of(text) == TokenClass.FRAGMENT ? "#" + id : quoted(text);
  }

  /** Returns a sequence of tokens in one line; without a tokenizer, ids separated by spaces. */
  public String show(int[] ids) {
    if (tokenizer != null) {
      return escaped(tokenizer.decode(ids));
    }
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(text.isEmpty() ? "" : " ").append(id);
    }
    return text.toString();
  }

  /**
   * Returns the class of a token; empty without a tokenizer. The token is decoded twice in a row,
   * since some tokenizers drop a leading space.
   */
  public Optional<TokenClass> tokenClass(int id) {
    if (tokenizer == null) {
      return Optional.empty();
    }
    if (id >= classes.length) {
      return Optional.of(TokenClass.SPECIAL); // padding of the model's vocabulary
    }
    TokenClass known = classes[id];
    if (known == null) {
      known = TokenClass.of(tokenizer.decode(new int[] {id, id}));
      classes[id] = known;
    }
    return Optional.of(known);
  }

  private String decode(int id) {
    return tokenizer == null || id >= classes.length ? "" : tokenizer.decode(new int[] {id});
  }

  private static String quoted(String text) {
    return '"' + escaped(text).replace("\"", "\\\"") + '"';
  }

  private static String escaped(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                  if (c < PRINTABLE || c == DELETE) {
                    line.append("\\x%02x".formatted(c));
                  } else {
                    line.appendCodePoint(c);
                  }
                }
              }
            });
    return line.toString();
  }
}
