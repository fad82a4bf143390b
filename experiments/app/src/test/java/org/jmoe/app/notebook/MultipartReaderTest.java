package org.jmoe.app.notebook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Reads five parts per message, as the kernel does, from messages with any number of parts. */
final class MultipartReaderTest {
  private static final int EXPECTED = 5;
  private static final int MESSAGES = 10_000;

  private final Queue<String> wire = new ArrayDeque<>(); // a plus marks parts that are not the last
  private boolean more;

  private byte[] receive() {
    String part = wire.remove();
    more = part.endsWith("+");
    return part.getBytes(UTF_8);
  }

  private void send(String name, int parts) {
    for (int part = 0; part < parts; part++) {
      wire.add(name + (part < parts - 1 ? "+" : ""));
    }
  }

  /** Reads as the kernel does, then discards the rest as {@link RapaioStart} does. */
  private static List<String> read(MultipartReader messages) {
    List<String> read = new ArrayList<>();
    try {
      for (int part = 0; part < EXPECTED; part++) {
        read.add(new String(messages.next(), UTF_8));
      }
    } finally {
      while (messages.hasMore()) { // buffers, or the rest of a malformed message
        messages.next();
      }
    }
    return read;
  }

  @Test
  void neverReadsPartsOfAnotherMessage() {
    MultipartReader messages = new MultipartReader(this::receive, () -> more);
    SplittableRandom random = new SplittableRandom(1);
    int[] sizes = random.ints(MESSAGES, 1, 2 * EXPECTED).toArray();
    for (int i = 0; i < MESSAGES; i++) {
      send(String.valueOf(i), sizes[i]);
    }
    for (int i = 0; i < MESSAGES; i++) {
      if (sizes[i] < EXPECTED) {
        assertThrows(IllegalStateException.class, () -> read(messages));
      } else {
        assertEquals(i + (sizes[i] > 1 ? "+" : ""), read(messages).get(0));
      }
    }
    assertEquals(0, wire.size());
  }
}
