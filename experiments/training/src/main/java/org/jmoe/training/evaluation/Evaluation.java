package org.jmoe.training.evaluation;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jmoe.metrics.LoadReport;
import org.jspecify.annotations.Nullable;

/**
 * The result of an evaluation.
 *
 * @param nats mean cross-entropy of a token
 * @param tokens scored
 * @param textBytes bytes of text behind those tokens; NaN where the data does not record them
 * @param layers what each MoE layer's router did, by the layer's path
 */
public record Evaluation(
    double nats, long tokens, double textBytes, Map<String, LoadReport> layers) {
  /** Copies the layers. */
  public Evaluation {
    layers = ImmutableMap.copyOf(layers);
  }

  /** Bits per byte of the scored text; null where its bytes are unknown. */
  public @Nullable Double bitsPerByte() {
    return textBytes > 0 ? nats * tokens / Math.log(2) / textBytes : null;
  }
}
