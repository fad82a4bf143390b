package org.jmoe.models.hub;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jmoe.io.DataFormatException;
import org.jmoe.tensor.Quantisation;
import org.jmoe.training.config.ModelChange;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;

/** Compares the memory that a model needs with that of the machine. */
final class Memory {
  private static final double GIB = 1 << 30;

  private Memory() {}

  /** Rejects a model whose parameters alone exceed the memory of the machine. */
  static void require(Path folder, ModelSpec spec, ModelChange change) {
    long bytes = bytes(spec, change);
    if (ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        && bytes > machine.getTotalMemorySize()) {
      throw new DataFormatException(
          folder,
          String.format(
              Locale.ROOT,
              "needs %.1f GiB of memory at the chosen precision, but this machine has %.1f GiB; use"
                  + " a larger machine or a lower precision",
              bytes / GIB,
              machine.getTotalMemorySize() / GIB));
    }
  }

  /** Returns the memory of the parameters in bytes, at the precision that {@code change} sets. */
  static long bytes(ModelSpec spec, ModelChange change) {
    double experts =
        spec.blocks().stream()
            .map(DecoderBlock.Spec::moe)
            .filter(Objects::nonNull)
            .mapToDouble(
                moe -> (double) moe.experts() * moe.expert().parametersPerExpert(spec.dim()))
            .sum();
    double each = change.half() ? 2 : 4;
    double held = change.experts() == null ? each : change.experts() == Quantisation.INT8 ? 1 : 0.5;
    return Math.round((spec.parameters() - experts) * each + experts * held);
  }
}
