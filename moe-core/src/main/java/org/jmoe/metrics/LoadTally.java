package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** Sums the load of one layer over batches; counting runs on the device of the signals. */
public final class LoadTally {
  private final String layer;
  private final long[] choices; // (E)
  private final long[] kept; // (E)
  private final double[] probs; // (E), sums over the real tokens
  private final long[][] byDomain; // (domains, E)
  private long tokens; // without padding

  /** An empty tally of a layer; {@code domains} is 0 where they are not counted. */
  public LoadTally(String layer, int experts, int domains) {
    this.layer = layer;
    choices = new long[experts];
    kept = new long[experts];
    probs = new double[experts];
    byDomain = new long[domains][experts];
  }

  /** Adds a batch whose tokens have no known domain. */
  public void add(RoutingSignals signals) {
    NDArray padding = signals.padding(); // (T)
    NDArray probabilities = // (T, E)
        padding == null ? signals.probs() : Ops.fillRows(signals.probs(), padding, 0);
    try (NDArray sums = Ops.tally(probabilities, signals.choices(), signals.kept())) { // (3, E)
      double[] numbers = sums.toDoubleArray();
      int experts = choices.length;
      for (int e = 0; e < experts; e++) {
        choices[e] += Math.round(numbers[e]);
        kept[e] += Math.round(numbers[experts + e]);
        probs[e] += numbers[2 * experts + e];
      }
    }
    tokens += signals.realTokens();
  }

  /**
   * Adds a batch and the domains of its tokens, (T) of int32. Domains are not counted for a layer
   * inside an expert, which sees some of the tokens only.
   */
  public void add(RoutingSignals signals, NDArray domains) {
    add(signals);
    if (signals.tokens() != domains.size()) {
      return;
    }
    int experts = choices.length;
    try (NDArray counts = Ops.crossTally(signals.choices(), domains, byDomain.length, experts)) {
      long[] numbers = counts.toLongArray(); // (domains, E)
      for (int d = 0; d < byDomain.length; d++) {
        for (int e = 0; e < experts; e++) {
          byDomain[d][e] += numbers[d * experts + e];
        }
      }
    }
  }

  /** The load so far; how many experts served each token is not counted. */
  public LoadReport report() {
    return new LoadReport(
            layer,
            tokens,
            ImmutableLongArray.copyOf(choices),
            ImmutableLongArray.copyOf(kept),
            ImmutableLongArray.of())
        .withMeanProbability(
            ImmutableDoubleArray.copyOf(Arrays.stream(probs).map(p -> p / Math.max(1, tokens))))
        .withDomains(Arrays.stream(byDomain).map(ImmutableLongArray::copyOf).toList());
  }
}
