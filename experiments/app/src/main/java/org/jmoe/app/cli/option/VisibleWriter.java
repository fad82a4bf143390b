package org.jmoe.app.cli.option;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/**
 * Escapes control characters, such as {@code \u001b}, so text from files cannot move the cursor,
 * set a title or hide text in a terminal. Line breaks, tabs and letters pass.
 */
public final class VisibleWriter extends FilterWriter {
  /** Escapes what is written to another writer. */
  public VisibleWriter(Writer out) {
    super(out);
  }

  @Override
  public void write(int c) throws IOException {
    if (isControl((char) c)) {
      out.write(String.format("\\u%04x", c & 0xffff));
    } else {
      out.write(c);
    }
  }

  @Override
  public void write(char[] text, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      write(text[i]);
    }
  }

  @Override
  public void write(String text, int offset, int length) throws IOException {
    write(text.toCharArray(), offset, length);
  }

  /** A text as it is shown. */
  public static String visible(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .forEach(
            c ->
                shown.append(
                    isControl((char) c) ? String.format("\\u%04x", c) : String.valueOf((char) c)));
    return shown.toString();
  }

  private static boolean isControl(char c) {
    boolean layout = c == '\n' || c == '\t';
    boolean direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return (Character.isISOControl(c) && !layout) || direction || c == 0x2028 || c == 0x2029;
  }
}
