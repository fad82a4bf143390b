package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.Ops;

/** Accumulates the load of one layer over batches, counting on the device of the signals. */
public final class LoadTally {
  private final String layer;
  private final long[] choices; // (E)
  private final long[] kept; // (E)
  private final double[] probs; // (E), sums over the real tokens
  private final long[][] byDomain; // (domains, E)
  private long tokens; // without padding

  /** Creates an empty tally; {@code domains} is 0 to not count domains. */
  public LoadTally(String layer, int experts, int domains) {
    this.layer = layer;
    choices = new long[experts];
    kept = new long[experts];
    probs = new double[experts];
    byDomain = new long[domains][experts];
  }

  /** Adds a batch without domains. */
  public void add(RoutingSignals signals) {
    NDArray padding = signals.padding(); // (T)
    NDArray probabilities = // (T, E)
        padding == null ? signals.probs() : Ops.fillRows(signals.probs(), padding, 0);
    try (NDArray sums =
        ExpertOps.tally(probabilities, signals.choices(), signals.kept())) { // (3, E)
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
   * nested in an expert, which receives only some of the tokens.
   */
  public void add(RoutingSignals signals, NDArray domains) {
    add(signals);
    if (signals.tokens() != domains.size()) {
      return;
    }
    int experts = choices.length;
    try (NDArray counts =
        ExpertOps.crossTally(signals.choices(), domains, byDomain.length, experts)) {
      long[] numbers = counts.toLongArray(); // (domains, E)
      for (int d = 0; d < byDomain.length; d++) {
        for (int e = 0; e < experts; e++) {
          byDomain[d][e] += numbers[d * experts + e];
        }
      }
    }
  }

  /** Returns the load so far, without {@code expertsPerToken}. */
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
