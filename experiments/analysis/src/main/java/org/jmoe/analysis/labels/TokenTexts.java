package org.jmoe.analysis.labels;

import java.util.Optional;
import org.jmoe.data.text.TextTokenizer;
import org.jspecify.annotations.Nullable;

/** How token ids read: as text where the tokenizer is known, else as numbers. */
public final class TokenTexts {
  private static final int PRINTABLE = 0x20;
  private static final int DELETE = 0x7F;

  private final @Nullable TextTokenizer tokenizer;
  private final @Nullable TokenClass[] classes;

  private TokenTexts(@Nullable TextTokenizer tokenizer) {
    this.tokenizer = tokenizer;
    classes = new TokenClass[tokenizer == null ? 0 : tokenizer.vocabulary()];
  }

  /** Ids of which nothing is known. */
  public static TokenTexts unknown() {
    return new TokenTexts(null);
  }

  /** Texts of a tokenizer, which must stay open. */
  public static TokenTexts of(TextTokenizer tokenizer) {
    return new TokenTexts(tokenizer);
  }

  /** Whether there is a tokenizer. */
  public boolean isKnown() {
    return tokenizer != null;
  }

  /** One token, such as {@code "the"} in quotes, or {@code #12} where it has no text of its own. */
  public String show(int id) {
    String text = decode(id);
    return text.isEmpty() || TokenClass.of(text) == TokenClass.FRAGMENT ? "#" + id : quoted(text);
  }

  /** A run of tokens in one line; ids with spaces between where there is no tokenizer. */
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
   * The class of a token; empty without a tokenizer. It is judged by the token written twice, since
   * some tokenizers leave out a blank at the beginning of a text.
   */
  public Optional<TokenClass> tokenClass(int id) {
    if (tokenizer == null) {
      return Optional.empty();
    }
    if (id >= classes.length) {
      return Optional.of(TokenClass.SPECIAL); // ids that only pad the model's vocabulary
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
