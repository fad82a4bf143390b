package org.jmoe.app.cli.option;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and SIGINT into a stop request: the process waits until this is closed, so work can
 * be saved, and then exits with the signal's code, 143 for SIGTERM.
 */
public final class StopSignal implements AutoCloseable {
  private static final int MOST_MINUTES = 10;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "stop");
  private volatile boolean requested;

  /** Starts handling SIGTERM and SIGINT. */
  public StopSignal() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void stop() {
    requested = true;
    try {
      if (!done.await(MOST_MINUTES, TimeUnit.MINUTES)) {
        System.err.println(
            "gave up waiting for the current step after " + MOST_MINUTES + " minutes");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether a stop was requested. */
  public boolean requested() {
    return requested;
  }

  @Override
  public void close() {
    done.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        return; // the process is ending, which is fine
      }
    }
  }
}
