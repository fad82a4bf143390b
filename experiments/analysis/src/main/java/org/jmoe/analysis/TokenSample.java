package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import java.util.SplittableRandom;

/**
 * A uniform sample of fixed size of all tokens (reservoir sampling, Vitter 1985, algorithm R), on
 * which layers are compared.
 */
final class TokenSample {
  private final int size;
  private final SplittableRandom random;
  private long seen;

  /**
   * A token that enters the sample.
   *
   * @param place slot in the sample; replaces its previous entry
   * @param token index within the batch
   */
  record Entry(int place, int token) {}

  TokenSample(int size, long seed) {
    this.size = size;
    random = new SplittableRandom(seed);
  }

  /** Returns which of the next {@code tokens} tokens enter the sample, in order. */
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
