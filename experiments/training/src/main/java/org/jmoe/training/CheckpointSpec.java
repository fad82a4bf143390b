package org.jmoe.training;

import com.google.common.base.Preconditions;

/**
 * When the whole state of training is saved. The last step is always saved.
 *
 * @param every steps between checkpoints
 * @param keep how many of the newest stay; the best one on held-out data stays too
 */
public record CheckpointSpec(int every, int keep) {
  /** Checks the numbers. */
  public CheckpointSpec {
    Preconditions.checkArgument(every >= 1, "every must be at least 1, not %s", every);
    Preconditions.checkArgument(
        keep >= 2,
        "keep must be at least 2, so that one is left when another is broken, not %s",
        keep);
  }
}
