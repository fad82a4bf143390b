package org.jmoe.data.tokenizer;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Resource limits of a tokenizer per request.
 *
 * @param seconds base time per request
 * @param secondsPerMiB additional time per MiB of text or file
 * @param bytes maximum resident memory of the process
 */
record TokenizerLimits(double seconds, double secondsPerMiB, long bytes) {
  /** Prefix on the worker's standard error stream of the reason why it gives up. */
  static final String REASON = "jmoe: ";

  private static final long MIN_BYTES = 1L << 30;
  private static final int PAGE = 4096;
  private static final long INTERVAL_MILLIS = 50;

  /** Returns the default limits; common tokenizers need about a second per MiB. */
  static TokenizerLimits standard() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new TokenizerLimits(60, 20, Math.max(MIN_BYTES, system.getTotalMemorySize() / 2));
  }

  /** Returns the limits as a command-line argument of the worker. */
  String text() {
    return seconds + "," + secondsPerMiB + "," + bytes;
  }

  static TokenizerLimits parse(String text) {
    String[] parts = text.split(",", -1);
    return new TokenizerLimits(
        Double.parseDouble(parts[0]), Double.parseDouble(parts[1]), Long.parseLong(parts[2]));
  }

  /** Starts a watchdog that terminates this process when a request exceeds the limits. */
  Watchdog watch() {
    Watchdog watchdog = new Watchdog(this);
    Thread thread = new Thread(watchdog, "watchdog");
    thread.setDaemon(true);
    thread.start();
    return watchdog;
  }

  /** Monitors time and memory while a request is served. */
  static final class Watchdog implements Runnable {
    private static final Path STATM = Path.of("/proc/self/statm"); // Linux only

    private final TokenizerLimits limits;
    private volatile long deadline = Long.MAX_VALUE; // System.nanoTime()
    private volatile double allowed;

    private Watchdog(TokenizerLimits limits) {
      this.limits = limits;
    }

    void begin(int bytes) {
      allowed = limits.seconds + limits.secondsPerMiB * bytes / (1 << 20);
      deadline = System.nanoTime() + (long) (1e9 * allowed);
    }

    void end() {
      deadline = Long.MAX_VALUE;
    }

    @Override
    public void run() {
      boolean linux = Files.isReadable(STATM);
      preferForOomKiller();
      try {
        while (true) {
          Thread.sleep(INTERVAL_MILLIS);
          long end = deadline;
          if (end != Long.MAX_VALUE && System.nanoTime() - end > 0) {
            giveUp("it took more than %.0f s".formatted(allowed));
          }
          if (linux && resident() > limits.bytes) {
            giveUp("it needs more than %d MiB of memory".formatted(limits.bytes >> 20));
          }
        }
      } catch (IOException | InterruptedException e) {
        giveUp("its memory cannot be monitored (" + e + ")");
      }
    }

    /**
     * If memory runs out, the OOM killer should terminate this process rather than the training
     * process.
     */
    private static void preferForOomKiller() {
      try {
        Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000");
      } catch (IOException e) {
        // not on Linux, or not permitted
      }
    }

    private static long resident() throws IOException {
      return Long.parseLong(Files.readString(STATM).split(" ", 3)[1]) * PAGE;
    }

    private static void giveUp(String reason) {
      System.err.println(REASON + reason);
      Runtime.getRuntime().halt(1);
    }
  }
}
