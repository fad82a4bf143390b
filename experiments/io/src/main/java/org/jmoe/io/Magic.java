package org.jmoe.io;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The words with which known files begin or end. */
public final class Magic {
  private Magic() {}

  /** Whether the file begins with these ASCII characters. */
  public static boolean startsWith(FileBytes file, String magic) {
    return file.size() >= magic.length() && text(file, 0, magic.length()).equals(magic);
  }

  /** Whether the file ends as an Arrow IPC file does. */
  public static boolean endsWithMagic(FileBytes file) {
    return text(file, file.size() - 6, 6).equals("ARROW1");
  }

  private static String text(FileBytes file, long offset, int length) {
    ByteBuffer bytes = file.read(offset, length, "the magic word");
    return StandardCharsets.ISO_8859_1.decode(bytes).toString();
  }
}
