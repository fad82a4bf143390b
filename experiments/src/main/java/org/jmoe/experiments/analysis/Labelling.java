package org.jmoe.experiments.analysis;

import com.google.common.collect.ImmutableList;
import org.jmoe.experiments.data.Batch;

/**
 * A question asked of every token, such as its domain: experts are measured by how much they tell
 * of the answer. Anybody can ask another.
 */
public interface Labelling {
  /** What is asked, such as {@code domain}. */
  String name();

  /** The answers. */
  ImmutableList<String> labels();

  /** The answer for a token of a batch, counted row by row: its place among the labels, or -1. */
  int of(Batch batch, int token);
}
