package org.jmoe.analysis.labels;

import java.util.Locale;
import java.util.function.IntPredicate;

/** Class of a token's text, by a rule that works for bytes as well as word pieces. */
public enum TokenClass {
  /** No text: separators and other special tokens. */
  SPECIAL,
  /** Bytes that do not form a complete character by themselves. */
  FRAGMENT,
  /** Whitespace with a line break. */
  LINE_BREAK,
  /** Other whitespace. */
  WHITESPACE,
  /** Digits, with or without surrounding whitespace. */
  DIGITS,
  /** Letters with a capital first letter, with or without surrounding whitespace. */
  CAPITALISED,
  /** Other letters, with or without surrounding whitespace. */
  LETTERS,
  /** Neither letters nor digits. */
  PUNCTUATION,
  /** Anything else, such as {@code x1} or {@code .get}. */
  MIXED;

  private static final String REPLACEMENT = "\uFFFD";

  /** Returns the class of a token's text: the first that applies. */
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

  /** Returns the display name, such as {@code line break}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
