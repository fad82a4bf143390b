package org.jmoe.training;

import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.StepCounts;

/** The counts of one optimizer step, shared by the threads of its replicas. */
final class SharedCounts {
  private final List<Map<String, ImmutableLongArray>> published = new ArrayList<>();
  private final boolean[] failed;
  private final long targets;

  /**
   * Starts a step.
   *
   * @param targets of the step that count in its loss
   */
  SharedCounts(int microBatches, long targets) {
    this.targets = targets;
    failed = new boolean[microBatches];
    for (int i = 0; i < microBatches; i++) {
      published.add(new HashMap<>());
    }
  }

  /** Returns the number of unmasked targets in the step. */
  long targets() {
    return targets;
  }

  /** Returns the counts as seen by one micro-batch. */
  StepCounts of(int microBatch) {
    return (name, counts) -> exchange(microBatch, name, counts);
  }

  /** Marks a micro-batch as failed and wakes the threads that wait for its counts. */
  synchronized void fail(int microBatch) {
    failed[microBatch] = true;
    notifyAll();
  }

  private synchronized StepCounts.Earlier exchange(
      int microBatch, String name, ImmutableLongArray counts) {
    published.get(microBatch).put(name, counts);
    notifyAll();
    long[] sum = new long[counts.length()];
    for (int earlier = 0; earlier < microBatch; earlier++) {
      ImmutableLongArray one = await(earlier, name);
      for (int e = 0; e < sum.length; e++) {
        sum[e] += one.get(e);
      }
    }
    return new StepCounts.Earlier(ImmutableLongArray.copyOf(sum), microBatch);
  }

  private synchronized ImmutableLongArray await(int microBatch, String name) {
    ImmutableLongArray counts = published.get(microBatch).get(name);
    while (counts == null) {
      if (failed[microBatch]) {
        throw new IllegalStateException(
            "micro-batch " + microBatch + " failed before publishing the counts of " + name);
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for expert counts", e);
      }
      counts = published.get(microBatch).get(name);
    }
    return counts;
  }
}
