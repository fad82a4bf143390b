package org.jmoe.training.evaluation;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * What an evaluation found.
 *
 * @param nats mean cross-entropy of a token
 * @param tokens it was taken over
 * @param layers what each MoE layer's router did, by the layer's path
 */
public record Evaluation(double nats, long tokens, Map<String, LayerLoad> layers) {
  /** Copies the layers. */
  public Evaluation {
    layers = ImmutableMap.copyOf(layers);
  }
}
