package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The counts that a model's authors published, as they printed them.
 *
 * @param total such as {@code 46.7B}
 * @param active such as {@code 12.9B}; null where none was found
 * @param lookups whether the active count has the table that ids are looked up in
 * @param source where the sizes and the counts stand
 */
public record Published(String total, @Nullable String active, boolean lookups, String source) {
  private static final double CLOSE = 0.01;

  /** Checks that the counts are numbers. */
  public Published {
    Preconditions.checkArgument(number(total).signum() > 0, "total must be above 0, not %s", total);
    Preconditions.checkArgument(
        active == null || number(active).signum() > 0, "active must be above 0, not %s", active);
  }

  /** The number that a text such as {@code 46.7B} or {@code 223M} stands for. */
  static BigDecimal number(String text) {
    int unit = text.endsWith("B") ? 9 : text.endsWith("M") ? 6 : -1;
    Preconditions.checkArgument(unit > 0, "a count ends in B or M, as in 46.7B, not %s", text);
    return new BigDecimal(text.substring(0, text.length() - 1)).scaleByPowerOfTen(unit);
  }

  /** Whether a count agrees within 1 %. */
  static boolean isClose(long count, String text) {
    double published = number(text).doubleValue();
    return Math.abs(count - published) <= CLOSE * published;
  }

  /**
   * Whether a count agrees with the digits that were printed: some authors round, others cut, so
   * that it may be off by less than one unit of the last digit.
   */
  static boolean hasDigits(long count, String text) {
    BigDecimal published = number(text);
    return published.subtract(BigDecimal.valueOf(count)).abs().compareTo(published.ulp()) < 0;
  }

  /** The active parameters that its active count speaks of. */
  public long activeOf(ParameterCount count) {
    return lookups ? count.active() : count.active() - count.lookup();
  }
}
