package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Choices of each expert per token id; only ids that occur take memory. */
final class TokenCounts {
  private final long[][] rows; // (V) rows of (E), null for unseen ids
  private final int experts;

  TokenCounts(int vocabulary, int experts) {
    rows = new long[vocabulary][];
    this.experts = experts;
  }

  void add(int id, int expert, long amount) {
    if (rows[id] == null) {
      rows[id] = new long[experts];
    }
    rows[id][expert] += amount;
  }

  /**
   * Returns the tokens with the largest pointwise mutual information with each expert; ties go to
   * the more frequent.
   *
   * @param most maximum number of tokens per expert
   * @param minimum minimum choices of the expert for a token, to exclude sampling noise
   */
  ImmutableList<ImmutableList<TypicalToken>> typical(int most, long minimum) {
    long[] ofExpert = new long[experts];
    long all = 0;
    for (long[] row : rows) {
      for (int e = 0; row != null && e < experts; e++) {
        ofExpert[e] += row[e];
        all += row[e];
      }
    }
    long total = all;
    return IntStream.range(0, experts)
        .mapToObj(e -> typical(e, ofExpert[e], total, most, minimum))
        .collect(ImmutableList.toImmutableList());
  }

  private ImmutableList<TypicalToken> typical(
      int expert, long ofExpert, long total, int most, long minimum) {
    return IntStream.range(0, rows.length)
        .filter(id -> rows[id] != null && rows[id][expert] >= minimum)
        .mapToObj(id -> token(id, expert, ofExpert, total))
        .filter(token -> token.information() > 0)
        .sorted(
            Comparator.comparingDouble(TypicalToken::information)
                .thenComparingLong(TypicalToken::count)
                .reversed()
                .thenComparingInt(TypicalToken::id))
        .limit(most)
        .collect(ImmutableList.toImmutableList());
  }

  private TypicalToken token(int id, int expert, long ofExpert, long total) {
    long count = rows[id][expert];
    long ofToken = 0;
    for (long each : rows[id]) {
      ofToken += each;
    }
    double ratio = (double) count / ofToken * ((double) total / ofExpert);
    return new TypicalToken(id, count, ofToken, Math.log(ratio));
  }
}
