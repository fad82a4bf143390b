package org.jmoe.training.run;

import com.google.common.math.LongMath;
import java.nio.file.Path;
import java.util.Locale;
import org.jmoe.io.MachineMemory;
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
  private static final double GIB = 1L << 30;

  static MemoryRequirement of(RunConfig config) {
    TrainingSpec training = config.training();
    long tokens = (long) training.batch() * training.sequence();
    ModelSpec model = config.model();
    long logits = product(tokens, model.vocabulary(), 2 * FLOAT);
    long inputs = product(tokens, model.layerCount(), model.dim(), FLOAT);
    boolean all = config.init() == null && training.optimizer().groups().isEmpty();
    long arrays =
        all
            ? 2L + training.optimizer().statesPerParameter() + (training.ema() == 0 ? 0 : 1)
            : 1; // weight, gradient
    long perParameter = arrays * FLOAT;
    boolean packed = config.init() != null && config.init().experts() != null;
    long state = packed ? 0 : product(parameters(model), perParameter);
    return new MemoryRequirement(state, LongMath.saturatedAdd(logits, inputs));
  }

  /**
   * Rejects a run that cannot fit into the memory of the machine or container.
   *
   * @throws ConfigException if it cannot fit; the message states the bytes and which settings to
   *     change
   */
  static void require(RunConfig config, DeviceLayout layout) {
    if (layout.devices().stream().noneMatch(d -> d.device().isGpu())) {
      of(config).require(MachineMemory.bytes());
    }
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

  /**
   * Refuses a trained model whose weights alone cannot fit.
   *
   * @param folder of the run, for the message
   */
  static void requireLoaded(Path folder, ModelSpec model) {
    MachineMemory.require(
        (double) parameters(model) * FLOAT,
        "the model of " + folder,
        "check the sizes in its run.json");
  }

  /** Refuses batches whose logits alone cannot fit. */
  static void requireEvaluated(EvaluationSpec spec, int vocabulary) {
    MachineMemory.require(
        (double) spec.batch() * spec.sequence() * vocabulary * FLOAT,
        "a batch of %,d sequences of %,d tokens over %,d ids"
            .formatted(spec.batch(), spec.sequence(), vocabulary),
        "lower training.batch or --sequence");
  }

  private static long parameters(ModelSpec model) {
    try {
      return model.parameters();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // more than any machine has
    }
  }

  private static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      product = LongMath.saturatedMultiply(product, factor);
    }
    return product;
  }
}
