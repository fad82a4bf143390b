package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import java.util.OptionalInt;
import org.jmoe.layer.RouterContext.GivenDraws;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.Survivors;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jspecify.annotations.Nullable;

/**
 * Result of a router.
 *
 * @param plan dispatch plan
 * @param signals for losses and reports
 * @param passThrough (T) weight of the token itself in its output; null for none
 */
public record Routing(DispatchPlan plan, RoutingSignals signals, @Nullable NDArray passThrough) {
  private static final double MIN_SUM = Math.ulp(1f);

  /** Creates a result without pass-through. */
  public Routing(DispatchPlan plan, RoutingSignals signals) {
    this(plan, signals, null);
  }

  /** Returns a copy with a further array for losses. */
  public Routing with(AuxLoss.Input input, NDArray array) {
    return new Routing(plan, signals.with(input, array), passThrough);
  }

  /**
   * Routes each token to its k most probable experts, weighted by probability.
   *
   * @param logits (T, E) of the gate
   * @param probs (T, E)
   */
  public static Routing topK(
      NDArray logits, NDArray probs, int k, Capacity capacity, RouterContext context) {
    NDArray choices = Ops.top(probs, k); // (T, K)
    return of(
        Selection.weighed(logits, probs, choices, any -> probs.gather(any, 1)), capacity, context);
  }

  /**
   * Builds the routing for given choices.
   *
   * @param logits (T, E)
   * @param probs (T, E) used by balance losses
   * @param choices (T, K) of int64, first choice first, -1 for none
   * @param weights (T, K) weight of each choice's output
   */
  public static Routing of(
      NDArray logits,
      NDArray probs,
      NDArray choices,
      NDArray weights,
      Capacity capacity,
      RouterContext context) {
    return of(Selection.of(logits, probs, choices, weights), capacity, context);
  }

  /** Builds the routing for a selection: applies the capacity and adjusts the weights. */
  public static Routing of(Selection chosenBy, Capacity capacity, RouterContext context) {
    Selection selection = context.hooked(chosenBy);
    NDArray probs = selection.probs(); // (T, E)
    NDArray choices = selection.choices(); // (T, K)
    long tokens = probs.getShape().get(0);
    int k = Math.toIntExact(choices.getShape().get(1));
    Axes.require(selection.weights(), "weights", "T K", tokens, k);
    NDArray padding = context.padding(); // (T)
    NDArray chosen = padding == null ? choices : Ops.fillRows(choices, padding, -1); // (T, K)
    int experts = selection.computing();
    boolean identities = experts < probs.getShape().get(1);
    NDArray requested = // (T, K)
        identities ? RoutingOps.fill(chosen, chosen.gte(experts), -1) : chosen;

    long parts = capacity.scope().parts(tokens, context.sequences());
    long size = tokens / parts;
    OptionalInt limit = capacity.slots(size, k, experts, context.training());
    boolean limited = limit.isPresent() && limit.getAsInt() < size;
    NDArray place =
        limited ? place(selection, requested, parts, limit.getAsInt(), capacity, context) : null;
    NDArray kept = requested.gte(0); // (T, K)
    if (place != null) {
      kept = kept.logicalAnd(place.gte(0));
    }
    NDArray discarded = selection.discarded(); // (T, K)
    if (discarded != null) {
      kept = kept.logicalAnd(discarded.logicalNot());
    }
    NDArray weights = weights(selection, kept, capacity.survivors()); // (T, K)
    DispatchPlan plan;
    if (place == null) {
      plan = GroupedPlan.of(requested, weights, experts);
    } else {
      int slots = Math.toIntExact(parts * limit.getAsInt());
      NDArray ranks = RoutingOps.fill(place, place.lt(0), slots); // (T, K)
      plan = SlotPlan.of(requested, ranks, weights, experts, slots);
    }
    NDArray served = identities ? kept.logicalOr(chosen.gte(experts)) : kept; // (T, K)
    return new Routing(
        plan,
        RoutingSignals.of(context.sequences(), selection.logits(), probs, chosen, weights, served)
            .withPadding(padding),
        passThrough(selection, chosen, padding));
  }

  /** Returns the slot of each choice within its expert, part by part; -1 for none. */
  private static NDArray place(
      Selection selection,
      NDArray requested,
      long parts,
      int slots,
      Capacity capacity,
      RouterContext context) {
    NDArray part = RoutingOps.parts(requested, parts); // (T, K)
    NDArray keys = RoutingOps.scoped(requested, part, selection.computing()); // (T, K)
    NDArray ranks = ranks(selection, keys, capacity.order(), context); // (T, K)
    NDArray full = ranks.gte(slots).logicalOr(requested.lt(0)); // (T, K)
    if (capacity.order().slotsInTokenOrder()) {
      NDArray stay = RoutingOps.fill(keys, full, -1); // (T, K)
      ranks = DropOrder.TOKEN_MAJOR.rank(stay, selection.weights(), context.seed()); // (T, K)
    }
    NDArray slot = RoutingOps.scoped(ranks, part, slots); // (T, K)
    return RoutingOps.fill(slot, full, -1);
  }

  private static NDArray ranks(
      Selection selection, NDArray keys, DropOrder order, RouterContext context) {
    NDArray scores = selection.weights(); // (T, K)
    GivenDraws given = context.given();
    if (order == DropOrder.RANDOM && given != null && given.uniform() != null) {
      NDArray draws = given.uniform().expandDims(1).broadcast(keys.getShape()); // (T, K)
      return DropOrder.PROBABILITY.rank(keys, draws, context.seed());
    }
    if (order == DropOrder.BATCH_PRIORITISED) {
      // By the largest probability, not the weight, because Tutel normalizes weights before.
      scores = selection.probs().max(new int[] {1}, true); // (T, 1)
    }
    return order.rank(keys, scores, context.seed().child("drop"));
  }

  private static NDArray weights(Selection selection, NDArray kept, Survivors survivors) {
    NDArray weights = selection.weights(); // (T, K)
    NDArray discarded = selection.discarded(); // (T, K)
    if (survivors == Survivors.UNCHANGED) {
      return discarded == null ? weights : RoutingOps.fill(weights, discarded, 0);
    }
    NDArray left = RoutingOps.fill(weights, kept.logicalNot(), 0); // (T, K)
    NDArray sum = RoutingOps.clampMin(left.sum(new int[] {1}, true), MIN_SUM); // (T, 1)
    return left.div(sum);
  }

  /** Returns the weight of the token itself: from the router and from identity experts; (T). */
  private static @Nullable NDArray passThrough(
      Selection selection, NDArray chosen, @Nullable NDArray padding) {
    NDArray share = selection.passThrough(); // (T)
    if (selection.computing() < selection.probs().getShape().get(1)) {
      NDArray identity = chosen.gte(selection.computing()); // (T, K)
      NDArray sum =
          RoutingOps.fill(selection.weights(), identity.logicalNot(), 0).sum(new int[] {1}); // (T)
      share = share == null ? sum : share.add(sum);
    }
    return share == null || padding == null
        ? share
        : Ops.fillRows(share.expandDims(1), padding, 0).squeeze(1);
  }
}
