package org.jmoe.layer;

import com.google.common.primitives.ImmutableLongArray;

/**
 * Expert counts that the micro-batches of one optimizer step share, for losses over the global
 * batch. Every micro-batch sees those before it, in the order of their numbers, whichever replica
 * computes them.
 */
@FunctionalInterface
public interface StepCounts {
  /**
   * The earlier micro-batches of the step.
   *
   * @param counts (E) summed over them; empty for none
   * @param microBatches how many there are
   */
  record Earlier(ImmutableLongArray counts, int microBatches) {}

  /**
   * Publishes the counts of this micro-batch and returns the sum of those before it; waits for the
   * ones that other replicas still compute. Publishing again under the same name replaces.
   *
   * @param name of what is counted, such as a layer's path
   * @param counts (E)
   */
  Earlier exchange(String name, ImmutableLongArray counts);

  /** Those of a step with a single micro-batch. */
  static StepCounts alone() {
    return (name, counts) -> new Earlier(ImmutableLongArray.of(), 0);
  }
}
