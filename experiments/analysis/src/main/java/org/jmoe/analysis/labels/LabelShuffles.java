package org.jmoe.analysis.labels;

import java.util.SplittableRandom;

/**
 * The labels of all tokens in random order, many times over, handed out token by token: a draw
 * without replacement from what is left. So chance is measured over all data without keeping any.
 */
public final class LabelShuffles {
  /** How many shuffles make up the baseline. */
  public static final int COUNT = 20;

  private final long[][] pools; // (COUNT, L) how often each label is left
  private final long[] left; // (COUNT)
  private final SplittableRandom random;

  /**
   * Shuffles.
   *
   * @param totals (L) how many tokens have each label
   */
  public LabelShuffles(long[] totals, long seed) {
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

  /** A label of each shuffle for each of the tokens, (COUNT, T); -1 where a token has none. */
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
