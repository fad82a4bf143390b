package org.jmoe.app.route;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.OptionalInt;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Choices of a routing, copied to the host.
 *
 * @param tokens T
 * @param k choices per token
 * @param experts E, including zero-computation experts
 * @param computing number of experts that take slots, excluding zero-computation experts
 * @param choices (T, K) expert of each choice, -1 for none
 * @param weights (T, K)
 * @param kept (T, K), 1 if kept, 0 if dropped
 * @param slots (T, K) slot of each choice, including dropped ones
 */
record ChoiceTable(
    int tokens,
    int k,
    int experts,
    int computing,
    ImmutableLongArray choices,
    ImmutableDoubleArray weights,
    ImmutableLongArray kept,
    ImmutableLongArray slots) {

  static ChoiceTable of(Routing routing, Capacity capacity) {
    RoutingSignals signals = routing.signals();
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    NDArray slots = // (T, K)
        signals.balanced() && routing.plan() instanceof SlotPlan plan
            ? slots(signals, plan, capacity)
            : slots(signals, capacity);
    return new ChoiceTable(
        Math.toIntExact(signals.tokens()),
        k,
        signals.experts(),
        routing.plan().experts(),
        ImmutableLongArray.copyOf(signals.choices().toLongArray()),
        ImmutableDoubleArray.copyOf(signals.weights().toDoubleArray()),
        longs(signals.kept().toBooleanArray()),
        ImmutableLongArray.copyOf(slots.toLongArray()));
  }

  /** Slots under expert choice: the plan stores slot c of expert e as e * C + c. */
  private static NDArray slots(RoutingSignals signals, SlotPlan plan, Capacity capacity) {
    long parts = capacity.scope().parts(signals.tokens(), signals.sequences());
    return Ops.remainder(plan.slotOfChoice(), plan.capacity() / parts); // (T, K)
  }

  /** Slots in drop order, or renumbered in token order. */
  private static NDArray slots(RoutingSignals signals, Capacity capacity) {
    long parts = capacity.scope().parts(signals.tokens(), signals.sequences());
    NDArray part = RoutingOps.parts(signals.choices(), parts); // (T, K)
    boolean renumber = capacity.order().slotsInTokenOrder();
    NDArray ranked = // (T, K)
        renumber
            ? RoutingOps.fill(signals.choices(), signals.kept().logicalNot(), -1)
            : signals.choices();
    NDArray keys = RoutingOps.scoped(ranked, part, signals.experts()); // (T, K)
    DropOrder order = renumber ? DropOrder.TOKEN_MAJOR : capacity.order();
    NDArray scores = signals.probs().max(new int[] {1}, true); // (T, 1)
    return order.rank(keys, scores, Seed.of(0));
  }

  private static ImmutableLongArray longs(boolean[] values) {
    ImmutableLongArray.Builder builder = ImmutableLongArray.builder(values.length);
    for (boolean value : values) {
      builder.add(value ? 1 : 0);
    }
    return builder.build();
  }

  /** Returns the number of kept choices per expert, (E). */
  ArrayNode load() {
    long[] load = new long[experts];
    for (int i = 0; i < choices.length(); i++) {
      if (choices.get(i) >= 0 && kept.get(i) == 1) {
        load[(int) choices.get(i)]++;
      }
    }
    ArrayNode node = JsonNodeFactory.instance.arrayNode();
    for (long count : load) {
      node.add(count);
    }
    return node;
  }

  /** Returns the maximum number of choices over all experts. */
  int maxLoad() {
    long max = 0;
    for (int i = 0; i < choices.length(); i++) {
      max =
          choices.get(i) < 0 || choices.get(i) >= computing ? max : Math.max(max, slots.get(i) + 1);
    }
    return Math.toIntExact(max);
  }

  /** Returns the fraction of choices that were dropped. */
  double droppedShare() {
    long requested = 0;
    long keptCount = 0;
    for (int i = 0; i < choices.length(); i++) {
      requested += choices.get(i) >= 0 ? 1 : 0;
      keptCount += choices.get(i) >= 0 && kept.get(i) == 1 ? 1 : 0;
    }
    return requested == 0 ? 0 : (requested - keptCount) / (double) requested;
  }

  /**
   * Returns the choices of each token in order of rank; a slot is null if the rule assigns none.
   */
  ArrayNode json(OptionalInt limit, DropOrder order) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (int t = 0; t < tokens; t++) {
      ArrayNode list = all.addArray();
      for (int i = t * k; i < (t + 1) * k; i++) {
        if (choices.get(i) < 0) {
          continue;
        }
        ObjectNode choice = list.addObject();
        choice.put("expert", choices.get(i));
        choice.put("weight", weights.get(i));
        choice.put("kept", kept.get(i) == 1);
        boolean hasSlot = kept.get(i) == 1 || (limit.isPresent() && !order.slotsInTokenOrder());
        if (hasSlot && choices.get(i) < computing) {
          choice.put("slot", slots.get(i));
        } else {
          choice.putNull("slot");
        }
      }
    }
    return all;
  }
}
