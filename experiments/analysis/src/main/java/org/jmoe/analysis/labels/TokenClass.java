package org.jmoe.analysis.labels;

import java.util.Locale;
import java.util.function.IntPredicate;

/** What kind of text a token is, by a rule that serves bytes as well as word pieces. */
public enum TokenClass {
  /** No text at all: separators and other special tokens. */
  SPECIAL,
  /** Bytes that are no whole character by themselves. */
  FRAGMENT,
  /** Whitespace with a line break in it. */
  LINE_BREAK,
  /** Other whitespace. */
  WHITESPACE,
  /** Digits, with or without whitespace around. */
  DIGITS,
  /** Letters of which the first is a capital, with or without whitespace around. */
  CAPITALISED,
  /** Other letters, with or without whitespace around. */
  LETTERS,
  /** Neither letter nor digit. */
  PUNCTUATION,
  /** Anything else, such as {@code x1} or {@code .get}. */
  MIXED;

  private static final String REPLACEMENT = "\uFFFD";

  /** The class of a token's text; the first that applies. */
  public static TokenClass of(String text) {
    if (text.isEmpty()) {
      return SPECIAL;
    }
    if (text.contains(REPLACEMENT)) {
      return FRAGMENT;
    }
    if (text.isBlank()) {
      return text.contains("\n") || text.contains("\r") ? LINE_BREAK : WHITESPACE;
    }
    int[] characters = text.codePoints().filter(c -> !Character.isWhitespace(c)).toArray();
    if (all(characters, Character::isDigit)) {
      return DIGITS;
    }
    if (all(characters, Character::isLetter)) {
      return Character.isUpperCase(characters[0]) ? CAPITALISED : LETTERS;
    }
    return all(characters, c -> !Character.isLetterOrDigit(c)) ? PUNCTUATION : MIXED;
  }

  private static boolean all(int[] characters, IntPredicate predicate) {
    for (int character : characters) {
      if (!predicate.test(character)) {
        return false;
      }
    }
    return true;
  }

  /** Its name for people, such as {@code line break}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
