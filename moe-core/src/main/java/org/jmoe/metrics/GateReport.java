package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.google.common.base.Preconditions;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * Confidence of the gate of a layer, as host numbers.
 *
 * @param layer path of the layer
 * @param tokens routed, without padding
 * @param entropy mean entropy of the routing probabilities, in nats; ln E if uniform
 * @param confidence mean of the largest routing probability
 * @param weight mean sum of the weights of a token's choices
 */
public record GateReport(
    String layer, long tokens, double entropy, double confidence, double weight) {

  /** Measures one batch. */
  public static GateReport of(String layer, RoutingSignals signals) {
    NDArray probs = Ops.cast(signals.probs().stopGradient(), DataType.FLOAT64); // (T, E)
    NDArray padding = signals.padding(); // (T)
    boolean[] out = padding == null ? new boolean[0] : padding.toBooleanArray();
    double[] numbers = probs.toDoubleArray();
    double[] weights = Ops.cast(signals.weights().stopGradient(), DataType.FLOAT64).toDoubleArray();
    long[] choices = signals.choices().toLongArray();
    int experts = signals.experts();
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    long tokens = 0;
    double entropy = 0;
    double confidence = 0;
    double weight = 0;
    for (int t = 0; t < numbers.length / experts; t++) {
      if (out.length > 0 && out[t]) {
        continue;
      }
      tokens++;
      double largest = 0;
      for (int e = t * experts; e < (t + 1) * experts; e++) {
        entropy -= numbers[e] > 0 ? numbers[e] * Math.log(numbers[e]) : 0;
        largest = Math.max(largest, numbers[e]);
      }
      confidence += largest;
      for (int i = t * k; i < (t + 1) * k; i++) {
        weight += choices[i] >= 0 ? weights[i] : 0;
      }
    }
    double count = Math.max(1, tokens);
    return new GateReport(layer, tokens, entropy / count, confidence / count, weight / count);
  }

  /** Combines two reports of one layer: means over all tokens of both. */
  public GateReport plus(GateReport other) {
    Preconditions.checkArgument(
        layer.equals(other.layer),
        "cannot add gate reports of different layers: %s and %s",
        layer,
        other.layer);
    long all = tokens + other.tokens;
    return new GateReport(
        layer,
        all,
        mean(entropy, other.entropy, other.tokens, all),
        mean(confidence, other.confidence, other.tokens, all),
        mean(weight, other.weight, other.tokens, all));
  }

  private static double mean(double mine, double theirs, long theirTokens, long all) {
    return all == 0 ? 0 : mine + (theirs - mine) * theirTokens / all;
  }
}
