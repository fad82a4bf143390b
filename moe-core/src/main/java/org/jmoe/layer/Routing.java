package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import java.util.OptionalInt;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;

/**
 * A router's answer.
 *
 * @param plan which rows go where
 * @param signals what losses and reports need
 */
public record Routing(DispatchPlan plan, RoutingSignals signals) {
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
    long tokens = probs.getShape().get(0);
    int experts = Math.toIntExact(probs.getShape().get(1));
    int k = Math.toIntExact(choices.getShape().get(1));
    Axes.require(weights, "weights", "T K", tokens, k);
    NDArray padding = context.padding();
    NDArray asked = padding == null ? choices : Ops.fillRows(choices, padding, -1); // (T, K)
    OptionalInt capacitySlots = capacity.slots(tokens, k, experts, context.training());
    DispatchPlan plan;
    NDArray kept; // (T, K)
    if (capacitySlots.isEmpty() || capacitySlots.getAsInt() >= tokens) {
      plan = GroupedPlan.of(asked, weights, experts);
      kept = asked.gte(0);
    } else {
      NDArray ranks = capacity.order().rank(asked, weights, context.seed()); // (T, K)
      SlotPlan slots = SlotPlan.of(asked, ranks, weights, experts, capacitySlots.getAsInt());
      plan = slots;
      kept = slots.slotOfChoice().gte(0);
    }
    return new Routing(
        plan,
        new RoutingSignals(
            context.sequences(), logits, probs, asked, weights, kept, null, null, padding));
  }
}
