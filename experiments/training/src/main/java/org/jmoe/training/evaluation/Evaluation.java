package org.jmoe.training.evaluation;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jmoe.metrics.LoadReport;
import org.jspecify.annotations.Nullable;

/**
 * The result of an evaluation.
 *
 * @param nats mean cross-entropy per token
 * @param tokens number of scored tokens
 * @param textBytes bytes of text that these tokens encode; NaN if the data does not record them.
 *     Data record the bytes of each domain and split, not of each token, so where a document is
 *     scored in part, or not all documents are, its tokens count with the mean of their domain
 * @param layers load of each MoE layer, by layer path
 */
public record Evaluation(
    double nats, long tokens, double textBytes, Map<String, LoadReport> layers) {
  /** Makes a defensive copy. */
  public Evaluation {
    layers = ImmutableMap.copyOf(layers);
  }

  /** Returns the bits per byte of the scored text, or null if the number of bytes is unknown. */
  public @Nullable Double bitsPerByte() {
    return textBytes > 0 ? nats * tokens / Math.log(2) / textBytes : null;
  }
}
