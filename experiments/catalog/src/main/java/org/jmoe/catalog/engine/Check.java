package org.jmoe.catalog.engine;

import java.util.Locale;
import java.util.function.DoublePredicate;

/**
 * One claim of a published result, held against ours.
 *
 * @param claim what is claimed
 * @param band when it counts as reproduced
 * @param measured what we found
 * @param holds whether that lies in the band
 * @param gates whether the verdict depends on it
 */
public record Check(String claim, String band, String measured, boolean holds, boolean gates) {
  /** A claim that every seed must bear out. */
  public static Check everySeed(
      String claim, String band, Statistic found, int digits, DoublePredicate rule) {
    return new Check(
        claim, band, range(found, digits), found.values().stream().allMatch(rule::test), true);
  }

  /** A claim about the mean over the seeds. */
  public static Check mean(
      String claim, String band, Statistic found, int digits, DoublePredicate rule) {
    return new Check(claim, band, found.text(digits), rule.test(found.mean()), true);
  }

  /** A claim about a number that is one for all seeds. */
  public static Check number(
      String claim, String band, double found, int digits, DoublePredicate rule) {
    return new Check(claim, band, number(found, digits), rule.test(found), true);
  }

  /** The same, told without counting. */
  public Check toldOnly() {
    return new Check(claim, band, measured, holds, false);
  }

  private static String range(Statistic found, int digits) {
    return "%s (%s to %s)"
        .formatted(
            number(found.mean(), digits),
            number(found.least(), digits),
            number(found.most(), digits));
  }

  /** NaN stands for what never happened or was not there to be measured. */
  static String number(double value, int digits) {
    return Double.isNaN(value) ? "none" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
