package org.jmoe.app.bench;

/**
 * One number of a benchmark beside what it should be.
 *
 * @param metric what was measured, such as {@code P1 forward}
 * @param of the case
 * @param value measured
 * @param goal what it should be
 * @param unit of both; 1 for a ratio
 */
public record BenchRow(String metric, String of, double value, Goal goal, String unit) {
  /** Whether the value is as it should be; a number without a goal always is. */
  public boolean met() {
    return goal.met(value);
  }

  /**
   * What a number should be.
   *
   * @param bound least or most; NaN where nothing is asked
   */
  public record Goal(Kind kind, double bound) {
    /** Which side of the bound is good. */
    public enum Kind {
      AT_LEAST,
      AT_MOST,
      NONE
    }

    static Goal atLeast(double bound) {
      return new Goal(Kind.AT_LEAST, bound);
    }

    static Goal atMost(double bound) {
      return new Goal(Kind.AT_MOST, bound);
    }

    static Goal none() {
      return new Goal(Kind.NONE, Double.NaN);
    }

    boolean met(double value) {
      return switch (kind) {
        case AT_LEAST -> value >= bound;
        case AT_MOST -> value <= bound;
        case NONE -> true;
      };
    }
  }
}
