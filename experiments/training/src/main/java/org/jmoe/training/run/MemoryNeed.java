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
 * The least memory that a run can do with, told before any of it is taken. A bound from below: what
 * is refused could not have fitted, and not all that is let through does.
 *
 * @param state bytes of weights in float32, and of gradients and two moments where all are trained
 * @param activations bytes of one micro-batch: the logits and their gradient, and each layer's
 *     input
 */
record MemoryNeed(long state, long activations) {
  private static final long NUMBER = 4; // bytes of a float32
  private static final long TRAINED = 4 * NUMBER; // weight, gradient, two moments
  private static final double GIB = 1L << 30;

  static MemoryNeed of(RunConfig config) {
    TrainingSpec training = config.training();
    long tokens = (long) training.batch() * training.sequence();
    ModelSpec model = config.model();
    long logits = product(tokens, model.vocabulary(), 2 * NUMBER);
    long inputs = product(tokens, model.layerCount(), model.dim(), NUMBER);
    long each = config.init() == null && training.optimizer().groups().isEmpty() ? TRAINED : NUMBER;
    boolean packed = config.init() != null && config.init().experts() != null;
    long state = packed ? 0 : product(model.parameters(), each);
    return new MemoryNeed(state, LongMath.saturatedAdd(logits, inputs));
  }

  /**
   * Refuses a run that cannot fit into the memory of the machine, or what a container may use of
   * it.
   *
   * @throws ConfigException with the bytes and the settings that change them
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
            ? "make model.layers, model.dim, model.vocabulary or model.moe.experts smaller"
            : "lower training.batch or training.sequence, and raise training.accumulation instead";
    throw new ConfigException(
        String.format(
            Locale.ROOT,
            "the run needs at least %.1f GiB of memory (%,d bytes of weights, gradients and"
                + " moments, %,d bytes of activations), this machine has %.1f GiB; %s",
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
