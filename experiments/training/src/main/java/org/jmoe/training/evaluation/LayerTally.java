package org.jmoe.training.evaluation;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** Adds up what one layer's router did, batch after batch, in host numbers. */
public final class LayerTally {
  private final long[] choices; // (E)
  private final long[] kept; // (E)
  private final double[] probs; // (E), of real tokens
  private final long[][] byDomain; // (domains, E)
  private long tokens; // padding left out

  /** An empty tally. */
  public LayerTally(int experts, int domains) {
    choices = new long[experts];
    kept = new long[experts];
    probs = new double[experts];
    byDomain = new long[domains][experts];
  }

  /** Adds a batch without regard to domains. */
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
   * Adds a batch, its tokens' domains (T) of int32 known. Of a layer inside an expert, which sees
   * some of the tokens alone, no domain is counted.
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

  /** The sums so far. */
  public LayerLoad load() {
    return LayerLoad.of(choices, kept, probs, byDomain, tokens);
  }
}
