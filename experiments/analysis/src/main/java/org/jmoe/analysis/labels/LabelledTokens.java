package org.jmoe.analysis.labels;

import org.jmoe.data.batch.Batch;

/**
 * The labels of the tokens of one batch with their permutations. Immutable; the arrays are never
 * modified after construction.
 */
public final class LabelledTokens {
  private final int[] labels; // (T)
  private final int[][] shuffled; // (COUNT, T)

  private LabelledTokens(int[] labels, int[][] shuffled) {
    this.labels = labels;
    this.shuffled = shuffled;
  }

  /** Returns the label of each token of a batch. */
  public static int[] labels(TokenLabels kind, Batch batch) {
    int[] labels = new int[batch.tokens()];
    for (int t = 0; t < labels.length; t++) {
      labels[t] = kind.of(batch, t);
    }
    return labels;
  }

  /** Returns the labels of a batch with their permutations. */
  public static LabelledTokens of(TokenLabels kind, Batch batch, PermutationBaseline baseline) {
    int[] labels = labels(kind, batch);
    return new LabelledTokens(labels, baseline.draw(labels));
  }

  int label(int token) {
    return labels[token];
  }

  int shuffled(int shuffle, int token) {
    return shuffled[shuffle][token];
  }
}
