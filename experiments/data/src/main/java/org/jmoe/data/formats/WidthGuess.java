package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import org.jmoe.io.FileBytes;

/**
 * Detects whether a file without header contains 32-bit tokens. The upper 16 bits of such tokens
 * are small for every practical vocabulary, whereas at least {@value #MIN_PAIRS} pairs of 16-bit
 * tokens are extremely unlikely to show this pattern.
 */
final class WidthGuess {
  private static final int MIN_PAIRS = 16;
  private static final int MAX_UPPER = 16; // upper halves for a vocabulary of a million
  private static final int SAMPLE = 1 << 14; // bytes at each of three positions

  private WidthGuess() {}

  static boolean looks32Bit(FileBytes file) {
    if (file.size() % 4 != 0 || file.size() < 4L * MIN_PAIRS) {
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
    return largestUpper < MAX_UPPER && largestLower >= MAX_UPPER;
  }
}
