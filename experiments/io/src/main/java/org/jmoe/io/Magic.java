package org.jmoe.io;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Magic bytes at the start or end of files. */
public final class Magic {
  private Magic() {}

  /** Returns whether the file starts with these ASCII characters. */
  public static boolean startsWith(FileBytes file, String magic) {
    return file.size() >= magic.length() && text(file, 0, magic.length()).equals(magic);
  }

  /** Returns whether the file ends with the magic bytes of an Arrow IPC file. */
  public static boolean endsWithMagic(FileBytes file) {
    return text(file, file.size() - 6, 6).equals("ARROW1");
  }

  private static String text(FileBytes file, long offset, int length) {
    ByteBuffer bytes = file.read(offset, length, "the magic bytes");
    return StandardCharsets.ISO_8859_1.decode(bytes).toString();
  }
}
