package org.jmoe.plan;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;
import java.util.OptionalInt;

/**
 * Expert capacity: the number of tokens per expert and the priority by which tokens are dropped.
 *
 * @param rule capacity formula
 * @param trainFactor capacity factor in training; infinite for no limit
 * @param evalFactor capacity factor in evaluation; infinite (the default) for no limit. A limit
 *     makes the output of a token depend on the rest of its batch
 * @param minimum number of slots; with 1, a formula that yields no slot is an error
 * @param order priority of the choices
 * @param scope which tokens share the slots
 * @param survivors how the weights of a token change if some of its choices are dropped
 */
public record Capacity(
    CapacityRule rule,
    double trainFactor,
    double evalFactor,
    int minimum,
    DropOrder order,
    CapacityScope scope,
    Survivors survivors) {

  /** Checks the factors. */
  public Capacity {
    requireFactor(rule, trainFactor, "trainFactor");
    requireFactor(rule, evalFactor, "evalFactor");
    Preconditions.checkArgument(
        minimum >= 1, "capacity minimum must be at least 1, not %s", minimum);
  }

  /** A capacity with batch scope and unchanged weights of surviving choices. */
  public Capacity(
      CapacityRule rule, double trainFactor, double evalFactor, int minimum, DropOrder order) {
    this(rule, trainFactor, evalFactor, minimum, order, CapacityScope.batch(), Survivors.UNCHANGED);
  }

  /**
   * Returns a capacity without limit, so that no token is dropped. If a factor is set later,
   * earlier tokens have priority, as causal models require.
   */
  public static Capacity dropless() {
    return factor(Double.POSITIVE_INFINITY).withOrder(DropOrder.TOKEN_MAJOR);
  }

  /**
   * Returns {@code ceil(T k factor / E)} slots in training and no limit in evaluation; first
   * choices have priority.
   */
  public static Capacity factor(double trainFactor) {
    return new Capacity(
        PublishedCapacity.MEGATRON, trainFactor, Double.POSITIVE_INFINITY, 1, DropOrder.K_MAJOR);
  }

  /** Returns a fixed number of slots in training and evaluation; first choices have priority. */
  public static Capacity fixed(int slots) {
    return new Capacity(new FixedCapacity(slots), 1, 1, 1, DropOrder.K_MAJOR);
  }

  /** Returns a copy with another priority order. */
  public Capacity withOrder(DropOrder other) {
    return new Capacity(rule, trainFactor, evalFactor, minimum, other, scope, survivors);
  }

  /** Returns a copy with another scope. */
  public Capacity withScope(CapacityScope other) {
    return new Capacity(rule, trainFactor, evalFactor, minimum, order, other, survivors);
  }

  /** Returns a copy with another treatment of surviving choices. */
  public Capacity withSurvivors(Survivors other) {
    return new Capacity(rule, trainFactor, evalFactor, minimum, order, scope, other);
  }

  /** Returns a copy with another formula and its factors in training and evaluation. */
  public Capacity withRule(CapacityRule other, double train, double eval) {
    return new Capacity(other, train, eval, minimum, order, scope, survivors);
  }

  /**
   * Returns a copy with another factor in training.
   *
   * @throws IllegalArgumentException if the formula does not depend on the factor
   */
  public Capacity withTrainFactor(double factor) {
    requireScales(factor, rule);
    return withRule(rule, factor, evalFactor);
  }

  /**
   * Returns a copy with another factor in evaluation.
   *
   * @throws IllegalArgumentException if the formula does not depend on the factor
   */
  public Capacity withEvalFactor(double factor) {
    requireScales(factor, rule::evaluationSlots);
    return withRule(rule, trainFactor, factor);
  }

  private void requireScales(double factor, CapacityRule formula) {
    int experts = 8;
    long tokens = 1024;
    Preconditions.checkArgument(
        Double.isInfinite(factor)
            || formula.slots(tokens, 1, experts, BigDecimal.ONE)
                != formula.slots(tokens, 1, experts, BigDecimal.TEN),
        "Cannot set the capacity factor to %s: the rule %s gives the same slots for every factor;"
            + " use Infinity for no limit, or another rule.",
        factor,
        rule);
  }

  /** Returns the slots per expert for T tokens with k choices each, or empty for no limit. */
  public OptionalInt slots(long tokens, int k, int experts, boolean training) {
    double factor = training ? trainFactor : evalFactor;
    if (Double.isInfinite(factor)) {
      return OptionalInt.empty();
    }
    BigDecimal exact = BigDecimal.valueOf(factor);
    long slots =
        training
            ? rule.slots(tokens, k, experts, exact)
            : rule.evaluationSlots(tokens, k, experts, exact);
    if (slots == CapacityRule.UNLIMITED) {
      return OptionalInt.empty();
    }
    Preconditions.checkArgument(
        slots >= 1 || minimum > 1 || tokens == 0,
        "capacity is %s: rule %s with factor %s leaves no slot for %s tokens of k = %s on %s"
            + " experts; raise the factor",
        slots,
        rule,
        factor,
        tokens,
        k,
        experts);
    return OptionalInt.of((int) Math.min(Integer.MAX_VALUE, Math.max(minimum, slots)));
  }

  /**
   * Returns whether the placement of a token is independent of later tokens: always without a
   * limit, and with a limit only if earlier tokens have priority.
   */
  public boolean causal(int k) {
    boolean unlimited = Double.isInfinite(trainFactor) && Double.isInfinite(evalFactor);
    return unlimited || order == DropOrder.TOKEN_MAJOR || (order == DropOrder.K_MAJOR && k == 1);
  }

  private static void requireFactor(CapacityRule rule, double factor, String name) {
    Preconditions.checkArgument(
        factor > 0 || (rule == PublishedCapacity.TUTEL && Double.isFinite(factor)),
        "capacity %s must be above 0 (infinite for no limit), not %s",
        name,
        factor);
  }
}
