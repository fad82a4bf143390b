package org.jmoe.data.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jmoe.data.text.Utf8Text;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a stream as bytes, without line feeds; lines that are too long are skipped.
 */
public final class ByteLines {
  private final InputStream in;
  private final byte[] chunk = new byte[1 << 16];
  private int at;
  private int limit;
  private long line;
  private boolean tooLong;

  public ByteLines(InputStream in) {
    this.in = in;
  }

  /** Returns the next line, or null after the last; a line that is {@link #tooLong} is empty. */
  public byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tooLong = false;
    boolean any = false;
    while (at < limit || fill()) {
      any = true;
      int start = at;
      while (at < limit && chunk[at] != '\n') {
        at++;
      }
      tooLong |= bytes.size() + (at - start) > Utf8Text.MAX_BYTES;
      if (tooLong) {
        bytes.reset();
      } else {
        bytes.write(chunk, start, at - start);
      }
      if (at < limit) {
        at++; // the line feed
        break;
      }
    }
    line += any ? 1 : 0;
    return any ? bytes.toByteArray() : null;
  }

  /** Returns whether the line was skipped because it exceeds the size limit of a document. */
  public boolean tooLong() {
    return tooLong;
  }

  /** Returns the one-based number of the last line read. */
  public long line() {
    return line;
  }

  private boolean fill() throws IOException {
    at = 0;
    limit = Math.max(0, in.read(chunk));
    return limit > 0;
  }
}
