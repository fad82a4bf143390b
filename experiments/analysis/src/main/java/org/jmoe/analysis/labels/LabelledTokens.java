package org.jmoe.analysis.labels;

import org.jmoe.data.batch.Batch;

/**
 * The labels of one batch and what other tokens' labels chance gives it. Holds arrays of numbers
 * that nobody changes after.
 */
public final class LabelledTokens {
  private final int[] labels; // (T)
  private final int[][] shuffled; // (COUNT, T)

  private LabelledTokens(int[] labels, int[][] shuffled) {
    this.labels = labels;
    this.shuffled = shuffled;
  }

  /** The label of each token of a batch. */
  public static int[] labels(Labelling labelling, Batch batch) {
    int[] labels = new int[batch.tokens()];
    for (int t = 0; t < labels.length; t++) {
      labels[t] = labelling.of(batch, t);
    }
    return labels;
  }

  /** The labels of a batch and their shuffles. */
  public static LabelledTokens of(Labelling labelling, Batch batch, LabelShuffles shuffles) {
    int[] labels = labels(labelling, batch);
    return new LabelledTokens(labels, shuffles.draw(labels));
  }

  int label(int token) {
    return labels[token];
  }

  int shuffled(int shuffle, int token) {
    return shuffled[shuffle][token];
  }
}
