package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import java.util.SplittableRandom;

/**
 * A fixed number of tokens, every token of the data as likely as another (reservoir sampling,
 * Vitter 1985, algorithm R): what layers are compared by.
 */
final class TokenSample {
  private final int size;
  private final SplittableRandom random;
  private long seen;

  /**
   * One that joins the sample.
   *
   * @param place it takes, whoever had it before
   * @param token of the batch
   */
  record Entry(int place, int token) {}

  TokenSample(int size, long seed) {
    this.size = size;
    random = new SplittableRandom(seed);
  }

  /** Which of the next so many tokens join, in order. */
  ImmutableList<Entry> next(int tokens) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    for (int t = 0; t < tokens; t++, seen++) {
      long place = seen < size ? seen : random.nextLong(seen + 1);
      if (place < size) {
        entries.add(new Entry((int) place, t));
      }
    }
    return entries.build();
  }
}
