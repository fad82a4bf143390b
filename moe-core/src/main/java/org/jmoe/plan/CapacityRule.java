package org.jmoe.plan;

import java.math.BigDecimal;

/** How many slots an expert has; one published formula each. */
@FunctionalInterface
public interface CapacityRule {
  /** What a rule returns for no limit at all. */
  long UNLIMITED = Long.MAX_VALUE;

  /**
   * Slots of each expert, before any minimum; {@link #UNLIMITED} for no limit.
   *
   * @param tokens T in the scope that shares the slots
   * @param k choices a token
   * @param experts E
   * @param factor capacity factor, exact as written in decimal
   */
  long slots(long tokens, int k, int experts, BigDecimal factor);

  /**
   * Slots when not training, where a system computes them in another way than with another factor.
   */
  default long evaluationSlots(long tokens, int k, int experts, BigDecimal factor) {
    return slots(tokens, k, experts, factor);
  }
}
