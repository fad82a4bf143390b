package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Parameter counts of a model as its authors printed them.
 *
 * @param total total count, such as {@code 46.7B}
 * @param active active count, such as {@code 12.9B}; null if not published
 * @param lookups whether the active count includes the embedding table
 * @param source source of the sizes and counts
 */
public record Published(String total, @Nullable String active, boolean lookups, String source) {
  private static final double CLOSE = 0.01;

  /** Checks that the counts are positive numbers. */
  public Published {
    Preconditions.checkArgument(number(total).signum() > 0, "total must be above 0, not %s", total);
    Preconditions.checkArgument(
        active == null || number(active).signum() > 0, "active must be above 0, not %s", active);
  }

  /** Parses a count such as {@code 46.7B} or {@code 223M}. */
  static BigDecimal number(String text) {
    int unit = text.endsWith("B") ? 9 : text.endsWith("M") ? 6 : -1;
    Preconditions.checkArgument(unit > 0, "a count must end in B or M, as in 46.7B, got %s", text);
    return new BigDecimal(text.substring(0, text.length() - 1)).scaleByPowerOfTen(unit);
  }

  /** Returns whether a count agrees within 1 %. */
  static boolean isClose(long count, String text) {
    double published = number(text).doubleValue();
    return Math.abs(count - published) <= CLOSE * published;
  }

  /**
   * Returns whether a count agrees with the printed digits, off by less than one unit in the last
   * place: some authors round, others truncate.
   */
  static boolean hasDigits(long count, String text) {
    BigDecimal published = number(text);
    return published.subtract(BigDecimal.valueOf(count)).abs().compareTo(published.ulp()) < 0;
  }

  /** Returns the active parameters under the convention of the published active count. */
  public long activeOf(ParameterCount count) {
    return lookups ? count.active() : count.active() - count.lookup();
  }
}
