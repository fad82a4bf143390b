package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Choices of each expert for each token id; only ids that occur take memory. */
final class TokenCounts {
  private final long[][] rows; // (V) rows of (E), null for ids not seen
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
   * The tokens of largest information about each expert, the more frequent first among equals.
   *
   * @param most tokens an expert
   * @param minimum choices of the expert for a token, without which chance would lead the list
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
