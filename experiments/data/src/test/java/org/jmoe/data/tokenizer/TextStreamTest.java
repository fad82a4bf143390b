package org.jmoe.data.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Texts with characters of several bytes. */
final class TextStreamTest {
  private static final String TEXT = "a \u00e9\u20ac\ud83d\ude00 \u30c6x\ud83d\ude00";

  private final List<String> pieces = new ArrayList<>();

  private TextStream stream(Integer... before) {
    return new TextStream(new ByteTokenizer(), List.of(before), pieces::add);
  }

  private static void add(TextStream stream, byte[] bytes) {
    for (byte each : bytes) {
      stream.add(Byte.toUnsignedInt(each));
    }
  }

  @Test
  void emitsCompleteCharacters() {
    TextStream stream = stream();
    add(stream, TEXT.getBytes(StandardCharsets.UTF_8));
    assertEquals(
        List.of("a", " ", "\u00e9", "\u20ac", "\ud83d\ude00", " ", "\u30c6", "x", "\ud83d\ude00"),
        pieces);
    stream.end();
    assertEquals(TEXT, String.join("", pieces));
  }

  @Test
  void emitsAnIncompleteCharacterAtTheEnd() {
    TextStream stream = stream();
    add(stream, new byte[] {'a', (byte) 0xe2, (byte) 0x82});
    assertEquals(List.of("a"), pieces);
    stream.end();
    assertEquals("a\ufffd", String.join("", pieces));
  }

  /** For arbitrary bytes, the pieces add up to the decoded text. */
  @Test
  void piecesAddUpToTheText() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      pieces.clear();
      byte[] bytes = new byte[40];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (1 + random.nextInt(255)); // 0 has no text
      }
      if (round % 2 == 0) {
        System.arraycopy(TEXT.getBytes(StandardCharsets.UTF_8), 0, bytes, 10, 20);
      }
      TextStream stream = stream();
      add(stream, bytes);
      stream.end();
      String text = new String(bytes, StandardCharsets.UTF_8);
      assertEquals(text, String.join("", pieces));
      for (String piece : pieces) {
        assertFalse(piece.isEmpty());
        assertFalse(Character.isHighSurrogate(piece.charAt(piece.length() - 1)), piece);
      }
    }
  }

  @Test
  void ignoresPrecedingTokensAndUnknownIds() {
    TextStream stream = stream(116, 104, 999);
    stream.add(256);
    stream.add('e');
    stream.add(4711);
    stream.end();
    assertEquals(List.of("e"), pieces);
  }
}
