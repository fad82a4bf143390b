package org.jmoe.plan;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;
import java.util.OptionalInt;

/**
 * How many tokens an expert takes and who is left out.
 *
 * @param rule the formula
 * @param trainFactor capacity factor while training; infinite for no limit
 * @param evalFactor capacity factor otherwise; infinite for no limit, the default, because a limit
 *     makes a token's output depend on the rest of its batch
 * @param minimum least number of slots
 * @param order who is served first
 */
public record Capacity(
    CapacityRule rule, double trainFactor, double evalFactor, int minimum, DropOrder order) {

  /** Checks the factors. */
  public Capacity {
    requireFactor(trainFactor, "trainFactor");
    requireFactor(evalFactor, "evalFactor");
    Preconditions.checkArgument(
        minimum >= 1, "capacity minimum must be at least 1, not %s", minimum);
  }

  /** No limit: no token is ever dropped. */
  public static Capacity dropless() {
    return factor(Double.POSITIVE_INFINITY);
  }

  /** {@code ceil(T k factor / E)} slots while training, no limit otherwise, first choices first. */
  public static Capacity factor(double trainFactor) {
    return new Capacity(
        PublishedCapacity.MEGATRON, trainFactor, Double.POSITIVE_INFINITY, 1, DropOrder.K_MAJOR);
  }

  /** Slots of each expert for T tokens of k choices, or empty where there is no limit. */
  public OptionalInt slots(long tokens, int k, int experts, boolean training) {
    double factor = training ? trainFactor : evalFactor;
    if (Double.isInfinite(factor)) {
      return OptionalInt.empty();
    }
    long slots = rule.slots(tokens, k, experts, BigDecimal.valueOf(factor));
    return OptionalInt.of((int) Math.min(Integer.MAX_VALUE, Math.max(minimum, slots)));
  }

  private static void requireFactor(double factor, String name) {
    Preconditions.checkArgument(
        factor > 0, "capacity %s must be above 0 (infinite for no limit), not %s", name, factor);
  }
}
