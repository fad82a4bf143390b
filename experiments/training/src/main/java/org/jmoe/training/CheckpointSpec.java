package org.jmoe.training;

import com.google.common.base.Preconditions;

/**
 * How often the training state is saved. The state after the last step is always saved.
 *
 * @param every steps between checkpoints
 * @param keep number of newest checkpoints kept, in addition to the one with the lowest held-out
 *     loss
 */
public record CheckpointSpec(int every, int keep) {
  /** Validates the values. */
  public CheckpointSpec {
    Preconditions.checkArgument(every >= 1, "every must be at least 1, not %s", every);
    Preconditions.checkArgument(
        keep >= 2,
        "keep must be at least 2, so that one checkpoint remains if the newest is corrupt, not %s",
        keep);
  }
}
