package org.jmoe.training.optimizer;

import com.google.common.base.Preconditions;

/**
 * Linear warm-up, then decay to a fraction of the peak.
 *
 * @param decay shape of the decay after the warm-up
 * @param warmup number of warm-up steps
 * @param floor fraction of the peak rate at the last step
 */
public record WarmupDecay(Decay decay, int warmup, double floor) implements Schedule {
  /** Shape of the decay. */
  public enum Decay {
    /** No decay. */
    CONSTANT,
    /** Linear decay. */
    LINEAR,
    /** Cosine decay. */
    COSINE
  }

  /** Validates the settings. */
  public WarmupDecay {
    Preconditions.checkArgument(warmup >= 0, "warmup must be at least 0, not %s", warmup);
    Preconditions.checkArgument(
        floor >= 0 && floor <= 1, "floor must be between 0 and 1, not %s", floor);
  }

  /**
   * Returns the fraction of the peak rate at a step. A run that ends within the warm-up does not
   * reach the peak; a run of a single step uses the peak.
   */
  @Override
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
