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
 * @param minimum least number of slots; 1 lifts nothing, so that a formula that gives no slot is an
 *     error
 * @param order who is served first
 * @param scope which tokens share the slots
 * @param survivors what becomes of the weights of a token that lost an expert
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

  /** Slots shared by the batch, weights of survivors unchanged. */
  public Capacity(
      CapacityRule rule, double trainFactor, double evalFactor, int minimum, DropOrder order) {
    this(rule, trainFactor, evalFactor, minimum, order, CapacityScope.batch(), Survivors.UNCHANGED);
  }

  /**
   * No limit: no token is ever dropped. Given a factor later, earlier tokens are served before
   * later ones, the order that a causal model may have.
   */
  public static Capacity dropless() {
    return factor(Double.POSITIVE_INFINITY).withOrder(DropOrder.TOKEN_MAJOR);
  }

  /** {@code ceil(T k factor / E)} slots while training, no limit otherwise, first choices first. */
  public static Capacity factor(double trainFactor) {
    return new Capacity(
        PublishedCapacity.MEGATRON, trainFactor, Double.POSITIVE_INFINITY, 1, DropOrder.K_MAJOR);
  }

  /** So many slots, in training and evaluation, first choices first. */
  public static Capacity fixed(int slots) {
    return new Capacity(new FixedCapacity(slots), 1, 1, 1, DropOrder.K_MAJOR);
  }

  /** The same with another order of service. */
  public Capacity withOrder(DropOrder other) {
    return new Capacity(rule, trainFactor, evalFactor, minimum, other, scope, survivors);
  }

  /** The same with another scope. */
  public Capacity withScope(CapacityScope other) {
    return new Capacity(rule, trainFactor, evalFactor, minimum, order, other, survivors);
  }

  /** The same with another treatment of survivors. */
  public Capacity withSurvivors(Survivors other) {
    return new Capacity(rule, trainFactor, evalFactor, minimum, order, scope, other);
  }

  /** The formula's slots under a factor in training and in evaluation. */
  public Capacity withRule(CapacityRule other, double train, double eval) {
    return new Capacity(other, train, eval, minimum, order, scope, survivors);
  }

  /** Slots of each expert for T tokens of k choices, or empty where there is no limit. */
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
   * Whether the choices of a token are placed without regard to later tokens: without a limit
   * always, with one only if earlier tokens are served before later ones.
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
