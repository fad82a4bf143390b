package org.jmoe.analysis.labels;

import java.util.SplittableRandom;

/**
 * Permutation baseline: the labels of all tokens in several random orders, drawn without
 * replacement batch by batch. It covers the entire data without storing it.
 */
public final class PermutationBaseline {
  /** Number of permutations. */
  public static final int COUNT = 20;

  private final long[][] pools; // (COUNT, L) remaining tokens per label
  private final long[] left; // (COUNT)
  private final SplittableRandom random;

  /**
   * Creates the permutations.
   *
   * @param totals (L) number of tokens per label
   */
  public PermutationBaseline(long[] totals, long seed) {
    pools = new long[COUNT][];
    left = new long[COUNT];
    for (int i = 0; i < COUNT; i++) {
      pools[i] = totals.clone();
      for (long total : totals) {
        left[i] += total;
      }
    }
    random = new SplittableRandom(seed);
  }

  /** Draws a label per permutation and token, (COUNT, T); -1 where the token has no label. */
  public int[][] draw(int[] labels) {
    int[][] drawn = new int[COUNT][labels.length];
    for (int i = 0; i < COUNT; i++) {
      for (int t = 0; t < labels.length; t++) {
        drawn[i][t] = labels[t] < 0 ? -1 : draw(i);
      }
    }
    return drawn;
  }

  private int draw(int shuffle) {
    long at = random.nextLong(left[shuffle]--);
    int label = 0;
    while (at >= pools[shuffle][label]) {
      at -= pools[shuffle][label];
      label++;
    }
    pools[shuffle][label]--;
    return label;
  }
}
