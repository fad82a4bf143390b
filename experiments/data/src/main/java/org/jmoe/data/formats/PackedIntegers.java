package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import org.jmoe.io.FileBytes;

/** Packed integers in a file of any size, read through a window. */
final class PackedIntegers {
  private static final int WINDOW = 1 << 16;

  private final FileBytes file;
  private final IntCode code;
  private final long start;
  private final long length;
  private final int[] piece = new int[WINDOW];
  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowStart;

  /** Creates a view of {@code length} integers, starting at byte {@code start}. */
  PackedIntegers(FileBytes file, IntCode code, long start, long length) {
    this.file = file;
    this.code = code;
    this.start = start;
    this.length = length;
  }

  long length() {
    return length;
  }

  /** Returns the integer at {@code index}. */
  long get(long index) {
    if (index < windowStart || index >= windowStart + window.limit() / code.bytes()) {
      int count = (int) Math.min(WINDOW, length - index);
      window = file.read(start + index * code.bytes(), count * code.bytes(), "a list of integers");
      windowStart = index;
    }
    return code.get(window, (int) (index - windowStart));
  }

  /** Passes tokens [from, from + count) to a visitor as pieces of row {@code row}. */
  void visit(long from, long count, long row, TokenVisitor visitor) {
    for (long done = 0; done < count; ) {
      int part = (int) Math.min(WINDOW, count - done);
      for (int i = 0; i < part; i++) {
        long id = get(from + done + i);
        if (id < 0 || id > Integer.MAX_VALUE) {
          throw VocabularyCheck.outside(
              file.path().toString(), id, row, done + i, Integer.MAX_VALUE);
        }
        piece[i] = (int) id;
      }
      visitor.tokens(piece, part, null);
      done += part;
    }
  }
}
