package org.jmoe.data.files;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Handles unpaired surrogates, which JSON can represent but UTF-8 cannot. */
public final class Surrogates {
  private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

  private Surrogates() {}

  /** Replaces each unpaired surrogate by U+FFFD. */
  public static String repair(String text) {
    if (text.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
      return text;
    }
    try {
      return StandardCharsets.UTF_8
          .decode(
              StandardCharsets.UTF_8
                  .newEncoder()
                  .onMalformedInput(CodingErrorAction.REPLACE)
                  .replaceWith(REPLACEMENT.clone())
                  .encode(CharBuffer.wrap(text)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalStateException("UTF-8 encodes every repaired text", e);
    }
  }
}
