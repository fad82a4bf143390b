package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import org.jmoe.io.FileBytes;

/**
 * Whether a file without a header holds tokens of 32 bits. Half of such a token is its upper 16
 * bits, tiny for every vocabulary in use, while tokens of 16 bits are tiny at every second place
 * only by a coincidence that {@value #LEAST_PAIRS} of them exclude.
 */
final class WidthGuess {
  private static final int LEAST_PAIRS = 16;
  private static final int TINY = 16; // upper halves of a vocabulary of a million
  private static final int SAMPLE = 1 << 14; // bytes at each of three places

  private WidthGuess() {}

  static boolean looks32Bit(FileBytes file) {
    if (file.size() % 4 != 0 || file.size() < 4L * LEAST_PAIRS) {
      return false;
    }
    int length = (int) Math.min(SAMPLE, file.size());
    long last = file.size() - length;
    int largestUpper = 0;
    int largestLower = 0;
    for (long place : new long[] {0, last / 2, last}) {
      ByteBuffer bytes = file.read(place - place % 4, length, "tokens");
      for (int at = 0; at + 4 <= length; at += 4) {
        largestLower = Math.max(largestLower, bytes.getShort(at) & 0xFFFF);
        largestUpper = Math.max(largestUpper, bytes.getShort(at + 2) & 0xFFFF);
      }
    }
    return largestUpper < TINY && largestLower >= TINY;
  }
}
