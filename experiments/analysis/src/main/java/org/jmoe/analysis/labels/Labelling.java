package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import org.jmoe.data.batch.Batch;
import org.jmoe.training.run.EvaluationData;

/**
 * A question asked of every token, such as its domain: experts are measured by how much they tell
 * of the answer. Anybody can ask another.
 */
public interface Labelling {
  /** Ranges that positions fall into. */
  int BINS = 16;

  /** What is asked, such as {@code domain}. */
  String name();

  /** The answers. */
  ImmutableList<String> labels();

  /** The answer for a token of a batch, counted row by row: its place among the labels, or -1. */
  int of(Batch batch, int token);

  /** Domain where there are several, token class where the tokenizer is known, and position. */
  static ImmutableList<Labelling> standard(EvaluationData data, TokenTexts texts) {
    ImmutableList.Builder<Labelling> all = ImmutableList.builder();
    if (data.domains().size() > 1) {
      all.add(new DomainLabels(data.domains()));
    }
    if (texts.isKnown()) {
      all.add(new ClassLabels(texts));
    }
    return all.add(new PositionLabels(data.batches().packing().sequenceLength(), BINS)).build();
  }
}
