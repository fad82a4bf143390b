package org.jmoe.routing;

import com.google.common.base.Preconditions;

/** Checks of settings that routers share. */
public final class Checks {
  private Checks() {}

  /** Refuses a number of experts per token that is out of range. */
  public static void k(int k) {
    Preconditions.checkArgument(k >= 1, "k must be at least 1, not %s", k);
  }

  /** Refuses a number of experts per token that is out of range. */
  public static void k(int k, int experts) {
    Preconditions.checkArgument(
        k <= experts, "k must be between 1 and experts = %s, not %s", experts, k);
  }

  /** Refuses a value that is not positive and finite. */
  public static void positive(double value, String name) {
    Preconditions.checkArgument(
        Double.isFinite(value) && value > 0, "%s must be above 0, not %s", name, value);
  }

  /** Refuses a value outside [0, 1]. */
  public static void share(double value, String name) {
    Preconditions.checkArgument(
        value >= 0 && value <= 1, "%s must be between 0 and 1, not %s", name, value);
  }

  /** Refuses a standard deviation that is negative or not finite. */
  public static void deviation(double value, String name) {
    Preconditions.checkArgument(
        Double.isFinite(value) && value >= 0, "%s must be at least 0, not %s", name, value);
  }
}
