package org.jmoe.catalog.engine;

import java.util.Locale;
import java.util.function.DoublePredicate;

/**
 * Comparison of one published claim with our result.
 *
 * @param claim the claim
 * @param band criterion for reproduction
 * @param measured our result
 * @param holds whether it meets the criterion
 * @param gates whether the verdict depends on it
 */
public record Check(String claim, String band, String measured, boolean holds, boolean gates) {
  /** Creates a check that every seed must pass. */
  public static Check everySeed(
      String claim, String band, Statistic found, int digits, DoublePredicate rule) {
    return new Check(
        claim, band, range(found, digits), found.values().stream().allMatch(rule::test), true);
  }

  /** Creates a check of the mean over seeds. */
  public static Check mean(
      String claim, String band, Statistic found, int digits, DoublePredicate rule) {
    return new Check(claim, band, found.text(digits), rule.test(found.mean()), true);
  }

  /** Creates a check of a single number. */
  public static Check number(
      String claim, String band, double found, int digits, DoublePredicate rule) {
    return new Check(claim, band, number(found, digits), rule.test(found), true);
  }

  /** Returns this check as informational: it does not affect the verdict. */
  public Check informational() {
    return new Check(claim, band, measured, holds, false);
  }

  private static String range(Statistic found, int digits) {
    return "%s (%s to %s)"
        .formatted(
            number(found.mean(), digits), number(found.min(), digits), number(found.max(), digits));
  }

  /** NaN means that an event never happened or a value was not measured. */
  static String number(double value, int digits) {
    return Double.isNaN(value) ? "none" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
