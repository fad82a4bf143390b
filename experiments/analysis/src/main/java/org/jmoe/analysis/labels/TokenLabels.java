package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import org.jmoe.data.batch.Batch;
import org.jmoe.training.run.EvaluationData;

/**
 * Assigns a label to every token, such as its domain, to measure how experts specialise. Implement
 * it for custom labels.
 */
public interface TokenLabels {
  /** Maximum number of position bins. */
  int BINS = 16;

  /** Returns the name of the set of labels, such as {@code domain}. */
  String name();

  /** Returns the label names. */
  ImmutableList<String> labels();

  /**
   * Returns the index of a token's label, or -1 for none; tokens of a batch are numbered row by
   * row.
   */
  int of(Batch batch, int token);

  /**
   * Returns the default labels: domain if there are several, token class if the tokenizer is known,
   * and position.
   */
  static ImmutableList<TokenLabels> standard(EvaluationData data, TokenTexts texts) {
    ImmutableList.Builder<TokenLabels> all = ImmutableList.builder();
    if (data.domains().size() > 1) {
      all.add(new DomainLabels(data.domains()));
    }
    if (texts.isKnown()) {
      all.add(new ClassLabels(texts));
    }
    return all.add(new PositionLabels(data.batches().packing().sequenceLength(), BINS)).build();
  }
}
