package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import java.util.OptionalInt;
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
 * A router's answer.
 *
 * @param plan which rows go where
 * @param signals what losses and reports need
 * @param passThrough (T) what each token itself counts in its output; null for nothing
 */
public record Routing(DispatchPlan plan, RoutingSignals signals, @Nullable NDArray passThrough) {
  private static final double LEAST_SUM = Math.ulp(1f);

  /** An answer in which tokens go through experts alone. */
  public Routing(DispatchPlan plan, RoutingSignals signals) {
    this(plan, signals, null);
  }

  /**
   * Each token to the k experts of largest probability, weighted by it.
   *
   * @param logits (T, E) as the gate gave them
   * @param probs (T, E)
   */
  public static Routing topK(
      NDArray logits, NDArray probs, int k, Capacity capacity, RouterContext context) {
    NDArray choices = Ops.top(probs, k); // (T, K)
    NDArray weights = probs.gather(choices, 1); // (T, K)
    return of(logits, probs, choices, weights, capacity, context);
  }

  /**
   * Places choices made by any rule.
   *
   * @param logits (T, E)
   * @param probs (T, E) what balance losses go by
   * @param choices (T, K) of int64, first choice first, -1 for none
   * @param weights (T, K) what each choice's output counts
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

  /** Places a selection: who gets a slot, and what the weights of the others become. */
  public static Routing of(Selection selection, Capacity capacity, RouterContext context) {
    NDArray probs = selection.probs(); // (T, E)
    NDArray choices = selection.choices(); // (T, K)
    long tokens = probs.getShape().get(0);
    int k = Math.toIntExact(choices.getShape().get(1));
    Axes.require(selection.weights(), "weights", "T K", tokens, k);
    NDArray padding = context.padding(); // (T)
    NDArray chosen = padding == null ? choices : Ops.fillRows(choices, padding, -1); // (T, K)
    int experts = selection.computing();
    boolean identities = experts < probs.getShape().get(1);
    NDArray asked = // (T, K)
        identities ? RoutingOps.fill(chosen, chosen.gte(experts), -1) : chosen;

    long parts = capacity.scope().parts(tokens, context.sequences());
    long size = tokens / parts;
    OptionalInt limit = capacity.slots(size, k, experts, context.training());
    boolean limited = limit.isPresent() && limit.getAsInt() < size;
    NDArray place =
        limited ? place(selection, asked, parts, limit.getAsInt(), capacity, context) : null;
    NDArray kept = asked.gte(0); // (T, K)
    if (place != null) {
      kept = kept.logicalAnd(place.gte(0));
    }
    NDArray refused = selection.refused(); // (T, K)
    if (refused != null) {
      kept = kept.logicalAnd(refused.logicalNot());
    }
    NDArray weights = weights(selection, kept, capacity.survivors()); // (T, K)
    DispatchPlan plan;
    if (place == null) {
      plan = GroupedPlan.of(asked, weights, experts);
    } else {
      int slots = Math.toIntExact(parts * limit.getAsInt());
      NDArray ranks = RoutingOps.fill(place, place.lt(0), slots); // (T, K)
      plan = SlotPlan.of(asked, ranks, weights, experts, slots);
    }
    NDArray served = identities ? kept.logicalOr(chosen.gte(experts)) : kept; // (T, K)
    return new Routing(
        plan,
        new RoutingSignals(
            context.sequences(),
            selection.logits(),
            probs,
            chosen,
            weights,
            served,
            null,
            null,
            padding),
        passThrough(selection, chosen, padding));
  }

  /** The slot of each choice among its expert's, part after part; -1 for none. */
  private static NDArray place(
      Selection selection,
      NDArray asked,
      long parts,
      int slots,
      Capacity capacity,
      RouterContext context) {
    NDArray part = RoutingOps.parts(asked, parts); // (T, K)
    NDArray keys = RoutingOps.scoped(asked, part, selection.computing()); // (T, K)
    NDArray ranks = ranks(selection, keys, capacity.order(), context); // (T, K)
    NDArray full = ranks.gte(slots).logicalOr(asked.lt(0)); // (T, K)
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
      // By the largest probability, not by the weight: Tutel's weights are normalised before.
      scores = selection.probs().max(new int[] {1}, true); // (T, 1)
    }
    return order.rank(keys, scores, context.seed().child("drop"));
  }

  private static NDArray weights(Selection selection, NDArray kept, Survivors survivors) {
    NDArray weights = selection.weights(); // (T, K)
    NDArray refused = selection.refused(); // (T, K)
    if (survivors == Survivors.UNCHANGED) {
      return refused == null ? weights : RoutingOps.fill(weights, refused, 0);
    }
    NDArray left = RoutingOps.fill(weights, kept.logicalNot(), 0); // (T, K)
    NDArray sum = RoutingOps.clampMin(left.sum(new int[] {1}, true), LEAST_SUM); // (T, 1)
    return left.div(sum);
  }

  /** What experts that return the token give back, and what the router passes on itself; (T). */
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
