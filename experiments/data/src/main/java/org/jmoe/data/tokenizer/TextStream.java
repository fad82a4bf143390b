package org.jmoe.data.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Decodes tokens incrementally. A character that is spread over several tokens is emitted with the
 * last of them. Ids outside of the tokenizer's vocabulary, for example of a model with a padded
 * vocabulary, have no text.
 */
public final class TextStream {
  private static final int MAX_BYTES =
      4; // per character; each may decode to a replacement character
  private static final char REPLACEMENT = '\uFFFD';

  private final TextTokenizer tokenizer;
  private final Consumer<String> out;
  private List<Integer> window; // tokens to decode together
  private int read; // number of tokens in the window whose text was emitted
  private int shown; // number of characters of the window's text that were emitted

  /**
   * Creates a stream.
   *
   * @param before preceding tokens, since tokenizers may decode the start of a text differently
   * @param out receives each piece of text
   */
  public TextStream(TextTokenizer tokenizer, List<Integer> before, Consumer<String> out) {
    this.tokenizer = tokenizer;
    this.out = out;
    window = known(before);
    begin();
  }

  /** Marks the text of the window as emitted. */
  private void begin() {
    read = window.size();
    shown = decode().length();
  }

  private List<Integer> known(List<Integer> ids) {
    return new ArrayList<>(
        ids.stream().filter(id -> id >= 0 && id < tokenizer.vocabulary()).toList());
  }

  /** Adds a token. */
  public void add(int token) {
    if (known(List.of(token)).isEmpty()) {
      return;
    }
    window.add(token);
    String text = decode();
    int end = text.length();
    while (end > Math.max(0, text.length() - MAX_BYTES) && text.charAt(end - 1) == REPLACEMENT) {
      end--;
    }
    emit(text, end);
    if (end
        == text
            .length()) { // a short window decodes quickly and keeps the context of the next token
      window = new ArrayList<>(window.subList(read, window.size()));
      begin();
    }
  }

  /** Emits the rest of the text, including an incomplete character. */
  public void end() {
    String text = decode();
    emit(text, text.length());
  }

  private void emit(String text, int end) {
    if (end > shown) {
      out.accept(text.substring(shown, end));
      shown = end;
    }
  }

  private String decode() {
    return tokenizer.decode(window.stream().mapToInt(Integer::intValue).toArray());
  }
}
