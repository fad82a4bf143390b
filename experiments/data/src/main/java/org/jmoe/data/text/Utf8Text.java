package org.jmoe.data.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Tells text from other bytes: UTF-8, or UTF-16 that begins with a byte order mark. */
public final class Utf8Text {
  /** Longest text of one file. */
  public static final long MAX_BYTES = 1L << 28;

  private Utf8Text() {}

  /** The text, or nothing when the bytes are neither, or hold the character zero. */
  static Optional<String> decode(byte[] bytes) {
    Charset charset = charset(bytes);
    try {
      String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text)
          .filter(t -> t.indexOf('\0') < 0);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The encoding that a byte order mark names, else UTF-8. */
  static Charset charset(byte[] head) {
    int first = head.length < 2 ? 0 : ((head[0] & 0xFF) << 8) | (head[1] & 0xFF);
    if (first == 0xFFFE) {
      return StandardCharsets.UTF_16LE;
    }
    return first == 0xFEFF ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_8;
  }
}
