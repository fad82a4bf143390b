package org.jmoe.analysis.labels;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.metrics.Specialisation;

/** Choices of each expert for tokens of each label, and the same under shuffled labels. */
public final class LabelCounts {
  private final long[][] counts; // (E, L)
  private final List<long[][]> shuffled = new ArrayList<>(); // (E, L) each

  /** Empty counts, experts by labels. */
  public LabelCounts(int experts, int labels) {
    counts = new long[experts][labels];
    for (int i = 0; i < LabelShuffles.COUNT; i++) {
      shuffled.add(new long[experts][labels]);
    }
  }

  /** Counts {@code amount} of a token for an expert. */
  public void add(int expert, LabelledTokens tokens, int token, long amount) {
    int label = tokens.label(token);
    if (label < 0) {
      return;
    }
    counts[expert][label] += amount;
    for (int i = 0; i < LabelShuffles.COUNT; i++) {
      shuffled.get(i)[expert][tokens.shuffled(i, token)] += amount;
    }
  }

  /** The specialisation that the counts show. */
  public Specialisation measure() {
    return Specialisation.of(counts, shuffled);
  }
}
