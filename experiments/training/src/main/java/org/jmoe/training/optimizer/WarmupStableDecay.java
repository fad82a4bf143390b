package org.jmoe.training.optimizer;

import com.google.common.base.Preconditions;

/**
 * Linear warm-up, a constant rate, then a decay over the last steps: WSD (Hu et al. 2024, MiniCPM,
 * section 4.2), with the shapes that Hägele et al. 2024 compare, as in torchtitan. With a linear
 * decay to 0 it is the trapezoid of modded-nanogpt, whose decay is called warm-down.
 *
 * @param warmup number of warm-up steps
 * @param decay fraction of the steps of the run over which the rate decays, at most those after the
 *     warm-up
 * @param shape shape of the decay
 * @param floor fraction of the peak rate that a step after the last one would have
 */
public record WarmupStableDecay(int warmup, double decay, Shape shape, double floor)
    implements Schedule {
  /** Fraction of the peak as a function of the fraction of the decay that has passed. */
  public enum Shape {
    /** {@code 1 - x}. */
    LINEAR,
    /** {@code 1 - sqrt(x)}. */
    SQRT,
    /** {@code (1 + cos(pi x)) / 2}. */
    COSINE;

    private double at(double x) {
      return switch (this) {
        case LINEAR -> 1 - x;
        case SQRT -> 1 - Math.sqrt(x);
        case COSINE -> (1 + StrictMath.cos(Math.PI * x)) / 2;
      };
    }
  }

  /** Validates the settings. */
  public WarmupStableDecay {
    Preconditions.checkArgument(warmup >= 0, "warmup must be at least 0, not %s", warmup);
    Preconditions.checkArgument(
        decay >= 0 && decay <= 1,
        "decay must be a fraction of the steps between 0 and 1, not %s",
        decay);
    Preconditions.checkArgument(
        floor >= 0 && floor <= 1, "floor must be between 0 and 1, not %s", floor);
  }

  /**
   * Returns the fraction of the peak rate at a step; no step has a rate of 0, and the only step of
   * a run has a rate of 1.
   */
  @Override
  public double at(long step, long steps) {
    if (steps == 1) {
      return 1;
    }
    if (step < warmup) {
      return (step + 1.0) / warmup;
    }
    double decaying = Math.min(Math.rint(steps * decay), (double) steps - warmup);
    double passed = step - (steps - decaying); // steps of the decay so far
    return passed <= 0 ? 1 : floor + (1 - floor) * shape.at(passed / decaying);
  }
}
