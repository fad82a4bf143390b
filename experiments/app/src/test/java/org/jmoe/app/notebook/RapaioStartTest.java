package org.jmoe.app.notebook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Listeners survive malformed messages; stand-ins have the members of rapaio's classes. */
final class RapaioStartTest {
  private static final String BAD = "bad";

  /** Parts of messages; parts followed by another part of the same message end with a plus. */
  public static final class Socket {
    private final Queue<String> parts;
    private boolean more;

    Socket(List<String> parts) {
      this.parts = new ArrayDeque<>(parts);
    }

    /** Returns whether the current message has more parts. */
    public boolean hasReceiveMore() {
      return more;
    }

    /** Returns the next part. */
    public byte[] recv() {
      String part = parts.remove();
      more = part.endsWith("+");
      return part.getBytes(UTF_8);
    }
  }

  /** Declares the socket in the superclass, as the kernel does. */
  abstract static class AbstractChannel {
    final Socket socket;

    AbstractChannel(Socket socket) {
      this.socket = socket;
    }
  }

  /** Overrides run(), as the kernel does: a terminated Thread drops its Runnable target. */
  private static final class Loop extends Thread {
    private final Runnable body;

    Loop(Runnable body) {
      super("loop");
      this.body = body;
    }

    @Override
    public void run() {
      body.run();
    }
  }

  static final class Channel extends AbstractChannel {
    private final AtomicInteger answered = new AtomicInteger();
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread loopThread = new Loop(this::loop);

    Channel(Socket socket) {
      super(socket);
    }

    private void loop() {
      while (!socket.parts.isEmpty()) {
        String part = new String(socket.recv(), UTF_8);
        if (part.startsWith(BAD)) {
          throw new IllegalStateException(part);
        }
        assertFalse(socket.hasReceiveMore());
        answered.incrementAndGet();
      }
      done.countDown();
    }
  }

  @Test
  void answersEveryValidMessageAfterMalformedOnes() throws Exception {
    List<String> parts =
        IntStream.range(0, 1000)
            .mapToObj(i -> List.of(BAD + i + "+", "rest+", "rest", "valid"))
            .flatMap(List::stream)
            .toList();
    Channel channel = new Channel(new Socket(parts));
    channel.loopThread.start();
    RapaioStart.guard(channel);
    assertTrue(channel.done.await(60, TimeUnit.SECONDS));
    assertEquals(1000, channel.answered.get());
  }
}
