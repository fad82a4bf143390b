package org.jmoe.data.tokenizer;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a tokenizer may use for one request.
 *
 * @param seconds for any request
 * @param secondsPerMiB for each MiB of the text or file on top of it
 * @param bytes resident memory of the process
 */
record TokenizerLimits(double seconds, double secondsPerMiB, long bytes) {
  /** What a worker writes to its standard error stream before the reason why it gives up. */
  static final String REASON = "jmoe: ";

  private static final long LEAST_BYTES = 1L << 30;
  private static final int PAGE = 4096;
  private static final long INTERVAL_MILLIS = 50;

  /** A minute and half of the machine's memory; common tokenizers take a second for a MiB. */
  static TokenizerLimits standard() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new TokenizerLimits(60, 20, Math.max(LEAST_BYTES, system.getTotalMemorySize() / 2));
  }

  /** The form in which it is handed to the worker. */
  String text() {
    return seconds + "," + secondsPerMiB + "," + bytes;
  }

  static TokenizerLimits parse(String text) {
    String[] parts = text.split(",", -1);
    return new TokenizerLimits(
        Double.parseDouble(parts[0]), Double.parseDouble(parts[1]), Long.parseLong(parts[2]));
  }

  /** Ends this process when a request goes beyond the limits. */
  TrialListener watch() {
    TrialListener watch = new TrialListener(this);
    Thread thread = new Thread(watch, "watch");
    thread.setDaemon(true);
    thread.start();
    return watch;
  }

  /** Looks at the clock and at the memory while a request is served. */
  static final class TrialListener implements Runnable {
    private static final Path STATM = Path.of("/proc/self/statm"); // on Linux alone

    private final TokenizerLimits limits;
    private volatile long deadline = Long.MAX_VALUE; // of System.nanoTime()
    private volatile double allowed;

    private TrialListener(TokenizerLimits limits) {
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
      volunteer();
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
        giveUp("its memory cannot be watched (" + e + ")");
      }
    }

    /** Where memory runs out all the same, this process goes first and not what trains. */
    private static void volunteer() {
      try {
        Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000");
      } catch (IOException e) {
        // Not on Linux, or not allowed.
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
