package org.jmoe.layer;

import com.google.common.primitives.ImmutableLongArray;

/**
 * Expert counts shared by the micro-batches of an optimizer step, for losses over the global batch.
 * Each micro-batch sees the counts of those before it, in the order of their index, regardless of
 * which replica computes them.
 */
@FunctionalInterface
public interface StepCounts {
  /**
   * Counts of the earlier micro-batches of the step.
   *
   * @param counts (E) summed over them; empty for none
   * @param microBatches number of earlier micro-batches
   */
  record Earlier(ImmutableLongArray counts, int microBatches) {}

  /**
   * Publishes the counts of this micro-batch and returns the sum over the earlier ones, waiting for
   * other replicas if needed. Publishing again under the same name replaces the counts.
   *
   * @param name for example the path of a layer
   * @param counts (E)
   */
  Earlier exchange(String name, ImmutableLongArray counts);

  /** Returns the counts of a step with a single micro-batch. */
  static StepCounts alone() {
    return (name, counts) -> new Earlier(ImmutableLongArray.of(), 0);
  }
}
