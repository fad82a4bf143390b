package org.jmoe.catalog.engine;

/**
 * How much an experiment may cost.
 *
 * @param quick whether it only shows that everything works: an eighth of the steps (at least 20)
 *     and at most two seeds, so that its verdict is none
 */
public record Budget(boolean quick) {
  private static final int SHARE = 8;
  private static final int LEAST_STEPS = 20;
  private static final int QUICK_SEEDS = 2;

  /** What the verdict is about. */
  public static Budget full() {
    return new Budget(false);
  }

  /** The steps to do in place of so many. */
  public int steps(int full) {
    return quick ? Math.max(Math.min(full, LEAST_STEPS), full / SHARE) : full;
  }

  /** The seeds to use in place of so many. */
  public int seeds(int full) {
    return quick ? Math.min(QUICK_SEEDS, full) : full;
  }
}
