package org.jmoe.routing;

import com.google.common.base.Preconditions;

/** Argument checks for router settings. */
public final class Checks {
  private Checks() {}

  /** Checks that the number of experts per token is at least 1. */
  public static void k(int k) {
    Preconditions.checkArgument(k >= 1, "k must be at least 1, not %s", k);
  }

  /** Checks that the number of experts per token is at most the number of experts. */
  public static void k(int k, int experts) {
    Preconditions.checkArgument(
        k <= experts, "k must be between 1 and experts = %s, not %s", experts, k);
  }

  /** Checks that a value is positive and finite. */
  public static void positive(double value, String name) {
    Preconditions.checkArgument(
        Double.isFinite(value) && value > 0, "%s must be above 0, not %s", name, value);
  }

  /** Checks that a value is in [0, 1]. */
  public static void unitInterval(double value, String name) {
    Preconditions.checkArgument(
        value >= 0 && value <= 1, "%s must be between 0 and 1, not %s", name, value);
  }

  /** Checks that a value is finite and at least 0. */
  public static void nonNegative(double value, String name) {
    Preconditions.checkArgument(
        Double.isFinite(value) && value >= 0, "%s must be at least 0, not %s", name, value);
  }
}
