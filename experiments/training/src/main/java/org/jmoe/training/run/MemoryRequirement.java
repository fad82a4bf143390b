package org.jmoe.training.run;

import com.google.common.math.LongMath;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.transformer.ModelSpec;

/**
 * Lower bound on the memory that a run needs, computed before allocation. A run that exceeds it
 * cannot fit; a run within it may still not fit.
 *
 * @param state bytes of float32 weights, plus gradients and two moments if all weights are trained
 * @param activations bytes per micro-batch: logits, their gradient, and the input of each layer
 */
record MemoryRequirement(long state, long activations) {
  private static final long FLOAT = 4; // bytes per float32
  private static final long TRAINED = 4 * FLOAT; // weight, gradient, two moments
  private static final double GIB = 1L << 30;

  static MemoryRequirement of(RunConfig config) {
    TrainingSpec training = config.training();
    long tokens = (long) training.batch() * training.sequence();
    ModelSpec model = config.model();
    long logits = product(tokens, model.vocabulary(), 2 * FLOAT);
    long inputs = product(tokens, model.layerCount(), model.dim(), FLOAT);
    long perParameter =
        config.init() == null && training.optimizer().groups().isEmpty() ? TRAINED : FLOAT;
    boolean packed = config.init() != null && config.init().experts() != null;
    long state = packed ? 0 : product(model.parameters(), perParameter);
    return new MemoryRequirement(state, LongMath.saturatedAdd(logits, inputs));
  }

  /**
   * Rejects a run that cannot fit into the memory of the machine or container.
   *
   * @throws ConfigException if it cannot fit; the message states the bytes and which settings to
   *     change
   */
  static void require(RunConfig config, DeviceLayout layout) {
    if (layout.devices().stream().anyMatch(d -> d.device().isGpu())
        || !(ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine)) {
      return;
    }
    of(config).require(machine.getTotalMemorySize() + machine.getTotalSwapSpaceSize());
  }

  void require(long available) {
    if (LongMath.saturatedAdd(state, activations) <= available) {
      return;
    }
    String fix =
        state > available
            ? "reduce model.layers, model.dim, model.vocabulary or model.moe.experts"
            : "lower training.batch or training.sequence, and raise training.accumulation instead";
    throw new ConfigException(
        String.format(
            Locale.ROOT,
            "the run needs at least %.1f GiB of memory (%,d bytes of weights, gradients and"
                + " moments, %,d bytes of activations), but this machine has %.1f GiB; %s",
            ((double) state + activations) / GIB,
            state,
            activations,
            available / GIB,
            fix));
  }

  private static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      product = LongMath.saturatedMultiply(product, factor);
    }
    return product;
  }
}
