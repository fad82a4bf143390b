package org.jmoe.app.cli.option;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** A bar appears with the first progress: where nothing is built, nothing is printed. */
final class ConsoleProgressTest {
  private static String printed(long... advances) {
    PrintStream before = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, UTF_8));
    try (ConsoleProgress progress = ConsoleProgress.of("corpus", 2_000_000, true)) {
      for (long advance : advances) {
        progress.advance(advance);
      }
    } finally {
      System.setErr(before);
    }
    return bytes.toString(UTF_8);
  }

  @Test
  void noBarWithoutProgress() {
    assertEquals("", printed());
  }

  @Test
  void aBarWithProgress() {
    String text = printed(1_000_000, 1_000_000);
    assertTrue(text.contains("corpus") && text.contains("100%"), text);
  }
}
