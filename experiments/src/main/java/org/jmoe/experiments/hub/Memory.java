package org.jmoe.experiments.hub;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import org.jmoe.experiments.data.DataFormatException;

/** What the machine has for a model. */
final class Memory {
  private static final double GIB = 1 << 30;

  private Memory() {}

  /** Refuses a model whose parameters alone are larger than the memory. */
  static void require(Path folder, long bytes) {
    if (ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        && bytes > machine.getTotalMemorySize()) {
      throw new DataFormatException(
          folder,
          String.format(
              Locale.ROOT,
              "needs %.1f GiB of memory in float32, this machine has %.1f; use a larger one",
              bytes / GIB,
              machine.getTotalMemorySize() / GIB));
    }
  }
}
