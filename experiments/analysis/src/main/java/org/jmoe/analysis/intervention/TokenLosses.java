package org.jmoe.analysis.intervention;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;

/**
 * Cross-entropy of each evaluated token, in nats.
 *
 * @param sequences in the order of the evaluation
 */
public record TokenLosses(ImmutableList<Sequence> sequences) {
  /**
   * One sequence.
   *
   * @param targets (S) id of each predicted token, negative where it is not evaluated
   * @param nats (S) cross-entropy, 0 where it is not evaluated
   * @param domains (S) name of the domain of each token, empty if the data has none
   */
  public record Sequence(
      ImmutableLongArray targets, ImmutableDoubleArray nats, ImmutableList<String> domains) {}
}
