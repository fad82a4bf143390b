package org.jmoe.plan;

import java.math.BigDecimal;

/** A formula for the number of slots per expert. */
@FunctionalInterface
public interface CapacityRule {
  /** Result of a rule for no limit. */
  long UNLIMITED = Long.MAX_VALUE;

  /**
   * Returns the slots per expert, before any minimum; {@link #UNLIMITED} for no limit.
   *
   * @param tokens T in the scope that shares the slots
   * @param k choices per token
   * @param experts E
   * @param factor capacity factor as the exact decimal
   */
  long slots(long tokens, int k, int experts, BigDecimal factor);

  /** Returns the slots per expert in evaluation, for systems with a separate evaluation formula. */
  default long evaluationSlots(long tokens, int k, int experts, BigDecimal factor) {
    return slots(tokens, k, experts, factor);
  }
}
