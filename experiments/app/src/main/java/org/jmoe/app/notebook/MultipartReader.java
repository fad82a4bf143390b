package org.jmoe.app.notebook;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Reads multipart messages part by part for a reader that expects a fixed number of parts. A
 * message with too few parts fails; otherwise the reader would block and take the missing parts
 * from the next message.
 */
public final class MultipartReader {
  private final Supplier<byte[]> receive;
  private final BooleanSupplier more;
  private final Deque<byte[]> parts = new ArrayDeque<>();
  private boolean begun;

  /**
   * Creates a reader of a socket.
   *
   * @param receive blocks until the next part arrives
   * @param more whether the message has parts after the last one received
   */
  public MultipartReader(Supplier<byte[]> receive, BooleanSupplier more) {
    this.receive = receive;
    this.more = more;
  }

  /**
   * Returns the next part of the message, or the first of the next message after {@link #hasMore}
   * returned false.
   *
   * @throws IllegalStateException if the message has no more parts
   */
  public byte[] next() {
    if (parts.isEmpty()) {
      if (begun) {
        throw new IllegalStateException("the message has too few parts");
      }
      do {
        parts.add(receive.get());
      } while (more.getAsBoolean());
      begun = true;
    }
    return parts.remove();
  }

  /** Returns whether the message has more parts; if not, the message is complete. */
  public boolean hasMore() {
    begun = !parts.isEmpty();
    return begun;
  }
}
