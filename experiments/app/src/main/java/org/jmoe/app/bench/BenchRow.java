package org.jmoe.app.bench;

/**
 * One benchmark measurement and its goal.
 *
 * @param metric name of the metric, such as {@code P1 forward}
 * @param of the case measured, such as sizes and precision
 * @param value measured value
 * @param goal bound that the value should meet
 * @param unit of value and bound; 1 for a ratio
 */
public record BenchRow(String metric, String of, double value, Goal goal, String unit) {
  /** Returns whether the value meets its goal; always true without a goal. */
  public boolean met() {
    return goal.met(value);
  }

  /**
   * A bound on a value.
   *
   * @param kind which side of the bound is good
   * @param bound lower or upper bound; NaN for {@link Kind#NONE}
   */
  public record Goal(Kind kind, double bound) {
    /** Direction of a bound. */
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
