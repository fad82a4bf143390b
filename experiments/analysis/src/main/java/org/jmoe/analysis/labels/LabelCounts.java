package org.jmoe.analysis.labels;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.metrics.Specialisation;

/** Choices of each expert for tokens of each label, with the same counts under permuted labels. */
public final class LabelCounts {
  private final long[][] counts; // (E, L)
  private final List<long[][]> shuffled = new ArrayList<>(); // (E, L) each

  /** Creates zero counts, experts by labels. */
  public LabelCounts(int experts, int labels) {
    counts = new long[experts][labels];
    for (int i = 0; i < PermutationBaseline.COUNT; i++) {
      shuffled.add(new long[experts][labels]);
    }
  }

  /** Adds {@code amount} of a token to an expert. */
  public void add(int expert, LabelledTokens tokens, int token, long amount) {
    int label = tokens.label(token);
    if (label < 0) {
      return;
    }
    counts[expert][label] += amount;
    for (int i = 0; i < PermutationBaseline.COUNT; i++) {
      shuffled.get(i)[expert][tokens.shuffled(i, token)] += amount;
    }
  }

  /** Returns the specialisation measured by the counts. */
  public Specialisation measure() {
    return Specialisation.of(counts, shuffled);
  }
}
