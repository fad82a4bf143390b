package org.jmoe.training;

import com.google.common.base.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * Training progress. Together with parameters and moments, this is all that the next step depends
 * on, since randomness derives from the seed and the step number.
 *
 * @param step completed optimizer steps
 * @param bestNats lowest held-out loss so far; null before the first evaluation
 * @param worse number of evaluations since the best
 * @param heldNats held-out loss of the last evaluation; null before the first
 * @param skipped steps skipped by the numerics policy
 */
public record TrainingState(
    long step, @Nullable Double bestNats, int worse, @Nullable Double heldNats, int skipped) {
  /** Validates the values. */
  public TrainingState {
    Preconditions.checkArgument(
        step >= 0 && worse >= 0 && skipped >= 0,
        "step = %s, worse = %s and skipped = %s must not be negative",
        step,
        worse,
        skipped);
  }

  /** Returns the state before the first step. */
  public static TrainingState start() {
    return new TrainingState(0, null, 0, null, 0);
  }

  TrainingState stepped(boolean skip) {
    return new TrainingState(step + 1, bestNats, worse, heldNats, skipped + (skip ? 1 : 0));
  }

  TrainingState evaluated(double nats) {
    boolean better = bestNats == null || nats < bestNats;
    return new TrainingState(
        step, better ? Double.valueOf(nats) : bestNats, better ? 0 : worse + 1, nats, skipped);
  }

  /** Returns whether training is finished. */
  boolean finished(TrainingSpec spec) {
    return step >= spec.steps() || (spec.patience() > 0 && worse >= spec.patience());
  }
}
