package org.jmoe.app.bench;

/** How unevenly choices fall on the experts. */
public enum Skew {
  /** Every expert equally often. */
  BALANCED,
  /** Expert e in proportion to 1 / (e + 1). */
  ZIPF,
  /** Every token asks for the same k experts. */
  ALL_TO_ONE;

  /** The experts of every token, k different ones in a row, token after token. */
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
