package org.jmoe.plan;

import java.math.BigDecimal;

/** How many slots an expert has; one published formula each. */
@FunctionalInterface
public interface CapacityRule {
  /**
   * Slots of each expert, before any minimum.
   *
   * @param tokens T in the scope that shares the slots
   * @param k choices a token
   * @param experts E
   * @param factor capacity factor, exact as written in decimal
   */
  long slots(long tokens, int k, int experts, BigDecimal factor);
}
