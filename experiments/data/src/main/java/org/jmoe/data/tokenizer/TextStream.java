package org.jmoe.data.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The text of tokens as they come. A character may be spread over several tokens; nothing of it
 * appears before the last one. Ids that the tokenizer does not have, as in a model whose vocabulary
 * is padded, have no text.
 */
public final class TextStream {
  private static final int LONGEST = 4; // bytes of a character, each of which may decode to one
  private static final char UNDECODED = '\uFFFD';

  private final TextTokenizer tokenizer;
  private final Consumer<String> out;
  private List<Integer> window; // tokens that are decoded together
  private int read; // of them, those whose text has been passed on
  private int shown; // characters of the window's text that have been passed on

  /**
   * Begins after some tokens.
   *
   * @param before tokens of the text so far, as a tokenizer may begin a text unlike a word within
   * @param out receives each piece of text
   */
  public TextStream(TextTokenizer tokenizer, List<Integer> before, Consumer<String> out) {
    this.tokenizer = tokenizer;
    this.out = out;
    window = known(before);
    begin();
  }

  /** Takes the text of the window as passed on. */
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
    while (end > Math.max(0, text.length() - LONGEST) && text.charAt(end - 1) == UNDECODED) {
      end--;
    }
    pass(text, end);
    if (end == text.length()) { // a short window decodes fast and keeps what joins its next token
      window = new ArrayList<>(window.subList(read, window.size()));
      begin();
    }
  }

  /** Ends the text with what is left of an incomplete character. */
  public void end() {
    String text = decode();
    pass(text, text.length());
  }

  private void pass(String text, int end) {
    if (end > shown) {
      out.accept(text.substring(shown, end));
      shown = end;
    }
  }

  private String decode() {
    return tokenizer.decode(window.stream().mapToInt(Integer::intValue).toArray());
  }
}
