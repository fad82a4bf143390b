package org.jmoe.app.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class VisibleWriterTest {
  @Test
  void escapesControlCharacters() throws IOException {
    StringWriter shown = new StringWriter();
    try (VisibleWriter writer = new VisibleWriter(shown)) {
      writer.write("aé漢\ud83d\ude00\t\n");
      writer.write("\u001b[2J\r\u0007\u007f\u009b\u202e\u2028".toCharArray());
      writer.write('\u001b');
    }
    assertEquals(
        "aé漢\ud83d\ude00\t\n\\u001b[2J\\u000d\\u0007\\u007f\\u009b\\u202e\\u2028\\u001b",
        shown.toString());
    assertEquals("a\\u001bé", VisibleWriter.visible("a\u001bé"));
  }
}
