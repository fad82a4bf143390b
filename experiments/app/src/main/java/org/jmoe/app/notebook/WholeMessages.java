package org.jmoe.app.notebook;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The parts of one message after another, for a reader that asks for the parts it expects. A
 * message with too few of them fails; its reader would otherwise wait for the next message and take
 * that one's parts for the missing ones.
 */
public final class WholeMessages {
  private final Supplier<byte[]> receive;
  private final BooleanSupplier more;
  private final Deque<byte[]> parts = new ArrayDeque<>();
  private boolean begun;

  /**
   * Reads from a socket.
   *
   * @param receive waits for the next part
   * @param more whether the last part was not the last of its message
   */
  public WholeMessages(Supplier<byte[]> receive, BooleanSupplier more) {
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
        throw new IllegalStateException("parts of the message are missing");
      }
      do {
        parts.add(receive.get());
      } while (more.getAsBoolean());
      begun = true;
    }
    return parts.remove();
  }

  /** Returns whether the message has more parts; if not, it is done. */
  public boolean hasMore() {
    begun = !parts.isEmpty();
    return begun;
  }
}
