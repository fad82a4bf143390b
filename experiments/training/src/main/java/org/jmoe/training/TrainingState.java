package org.jmoe.training;

import com.google.common.base.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * Where training stands, beside parameters and moments: all that the next step depends on, as
 * everything random comes from the seed and the number of the step.
 *
 * @param step optimizer steps done
 * @param bestNats of all evaluations; null before the first
 * @param worse evaluations since the best
 * @param heldNats of the last evaluation; null before the first
 * @param skipped steps that the numerics policy skipped
 */
public record TrainingState(
    long step, @Nullable Double bestNats, int worse, @Nullable Double heldNats, int skipped) {
  /** Checks the counts. */
  public TrainingState {
    Preconditions.checkArgument(
        step >= 0 && worse >= 0 && skipped >= 0,
        "step %s, worse %s and skipped %s must not be negative",
        step,
        worse,
        skipped);
  }

  /** Before the first step. */
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

  /** Whether nothing is left to do. */
  boolean finished(TrainingSpec spec) {
    return step >= spec.steps() || (spec.patience() > 0 && worse >= spec.patience());
  }
}
