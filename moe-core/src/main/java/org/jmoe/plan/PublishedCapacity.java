package org.jmoe.plan;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** The capacity formulas of published systems, in exact decimal arithmetic. */
public enum PublishedCapacity implements CapacityRule {
  /** {@code ceil(T k f / E)} (Megatron-LM {@code get_capacity}; MindSpore). */
  MEGATRON {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return ceil(factor.multiply(BigDecimal.valueOf(Math.multiplyExact(tokens, k))), experts);
    }
  };

  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

  /** The least integer not below {@code dividend / divisor}; no float rounding can lift it. */
  private static long ceil(BigDecimal dividend, long divisor) {
    return dividend
        .divide(BigDecimal.valueOf(divisor), MathContext.DECIMAL128)
        .setScale(0, RoundingMode.CEILING)
        .min(MOST)
        .longValueExact();
  }
}
