package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;

/** Number of tokens that choose two experts together. */
final class PairCounts {
  private final long[][] counts; // (E, E)

  PairCounts(int experts) {
    counts = new long[experts][experts];
  }

  void add(BatchChoices choices, int token) {
    for (int i = 0; i < choices.k(); i++) {
      for (int j = 0; j < choices.k(); j++) {
        int one = choices.expert(token, i);
        int other = choices.expert(token, j);
        if (one >= 0 && other >= 0) {
          counts[one][other]++;
        }
      }
    }
  }

  /** Returns the counts, (E, E), symmetric; the diagonal holds the tokens of each expert. */
  ImmutableList<ImmutableLongArray> counts() {
    return Arrays.stream(counts)
        .map(ImmutableLongArray::copyOf)
        .collect(ImmutableList.toImmutableList());
  }
}
