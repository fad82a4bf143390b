package org.jmoe.data.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Decodes UTF-8, and UTF-16 with a byte order mark. */
public final class Utf8Text {
  /** Maximum size of a document. */
  public static final long MAX_BYTES = 1L << 28;

  private Utf8Text() {}

  /** Decodes a text; returns empty if the bytes are not valid or contain a zero character. */
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

  /** Returns the encoding specified by a byte order mark, or otherwise UTF-8. */
  static Charset charset(byte[] head) {
    int first = head.length < 2 ? 0 : ((head[0] & 0xFF) << 8) | (head[1] & 0xFF);
    if (first == 0xFFFE) {
      return StandardCharsets.UTF_16LE;
    }
    return first == 0xFEFF ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_8;
  }
}
