package org.jmoe.app.bench;

/** Distribution of choices over the experts. */
public enum Skew {
  /** Uniform. */
  BALANCED,
  /** Zipf's law: expert e in proportion to 1 / (e + 1). */
  ZIPF,
  /** All tokens choose the same k experts. */
  ALL_TO_ONE;

  /** Returns k distinct experts for each token, (T, K) row-major. */
  long[] choices(int tokens, int experts, int k) {
    long[] choices = new long[tokens * k];
    double[] load = new double[experts];
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < k; i++) {
        choices[t * k + i] = next(load, choices, t * k, i, k, t);
      }
    }
    return choices;
  }

  private long next(double[] load, long[] choices, int row, int at, int k, int token) {
    if (this == ALL_TO_ONE) {
      return at;
    }
    if (this == BALANCED) {
      return ((long) token * k + at) % load.length;
    }
    int best = -1;
    for (int e = 0; e < load.length; e++) {
      boolean taken = false;
      for (int i = 0; i < at; i++) {
        taken |= choices[row + i] == e;
      }
      // The expert furthest below its share of 1 / (e + 1).
      if (!taken && (best < 0 || load[e] * (e + 1) < load[best] * (best + 1))) {
        best = e;
      }
    }
    load[best]++;
    return best;
  }
}
