package org.jmoe.io;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The memory of this machine, or what a container may use of it, checked before work begins. */
public final class MachineMemory {
  private static final double GIB = 1L << 30;

  private MachineMemory() {}

  /** Returns the bytes of memory and swap; the largest number if they are unknown. */
  public static long bytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize() + machine.getTotalSwapSpaceSize()
        : Long.MAX_VALUE;
  }

  /**
   * Checks that something can fit, by a bound from below.
   *
   * @param bytes that it needs at least
   * @param subject what needs them, to begin a sentence with
   * @param fix to end it with
   * @throws IllegalArgumentException if it cannot
   */
  public static void require(double bytes, String subject, String fix) {
    if (bytes > bytes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s needs at least %.1f GiB of memory, this machine has %.1f GiB; %s.",
              subject,
              bytes / GIB,
              bytes() / GIB,
              fix));
    }
  }
}
