package org.jmoe.catalog.engine;

/**
 * Compute budget of an experiment.
 *
 * @param quick whether to run only a smoke test: an eighth of the steps (at least 20) and at most
 *     two seeds, without a verdict
 */
public record Budget(boolean quick) {
  private static final int SHARE = 8;
  private static final int MIN_STEPS = 20;
  private static final int QUICK_SEEDS = 2;

  /** Returns the full budget, required for a verdict. */
  public static Budget full() {
    return new Budget(false);
  }

  /** Returns the number of steps under this budget. */
  public int steps(int full) {
    return quick ? Math.max(Math.min(full, MIN_STEPS), full / SHARE) : full;
  }

  /** Returns the number of seeds under this budget. */
  public int seeds(int full) {
    return quick ? Math.min(QUICK_SEEDS, full) : full;
  }
}
