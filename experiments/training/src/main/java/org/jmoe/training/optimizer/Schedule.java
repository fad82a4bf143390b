package org.jmoe.training.optimizer;

import com.google.common.base.Preconditions;

/**
 * The learning rate over a run: a linear warm-up, then a decay to a share of the peak.
 *
 * @param decay how the rate falls after the warm-up
 * @param warmup steps until the peak
 * @param floor share of the peak that is left at the last step
 */
public record Schedule(Decay decay, int warmup, double floor) {
  /** Form of the decay. */
  public enum Decay {
    /** None. */
    CONSTANT,
    /** A straight line. */
    LINEAR,
    /** Half a period of a cosine. */
    COSINE
  }

  /** Checks the numbers. */
  public Schedule {
    Preconditions.checkArgument(warmup >= 0, "warmup must be at least 0, not %s", warmup);
    Preconditions.checkArgument(
        floor >= 0 && floor <= 1, "floor must be between 0 and 1, not %s", floor);
  }

  /**
   * The share of the peak rate at a step. A run that ends within the warm-up does not reach the
   * peak, but a single step is at the peak.
   *
   * @param step counted from 0
   * @param steps of the whole run
   */
  public double at(long step, long steps) {
    if (steps == 1) {
      return 1;
    }
    if (step < warmup) {
      return (step + 1.0) / warmup;
    }
    double progress = steps <= warmup + 1 ? 1 : (double) (step - warmup) / (steps - 1 - warmup);
    double left =
        switch (decay) {
          case CONSTANT -> 1;
          case LINEAR -> 1 - progress;
          case COSINE -> (1 + StrictMath.cos(Math.PI * progress)) / 2;
        };
    return floor + (1 - floor) * left;
  }
}
