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
 * The choices of a routing on the host.
 *
 * @param tokens T
 * @param k choices a token
 * @param experts E, identities included
 * @param computing experts that take slots: all but the identities
 * @param choices (T, K), -1 for none
 * @param weights (T, K)
 * @param kept (T, K), 1 for kept
 * @param places (T, K), the slot of each choice, also of those that came too late
 */
record ChoiceTable(
    int tokens,
    int k,
    int experts,
    int computing,
    ImmutableLongArray choices,
    ImmutableDoubleArray weights,
    ImmutableLongArray kept,
    ImmutableLongArray places) {

  static ChoiceTable of(Routing routing, Capacity capacity) {
    RoutingSignals signals = routing.signals();
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    NDArray places = // (T, K)
        signals.balanced() && routing.plan() instanceof SlotPlan plan
            ? places(signals, plan, capacity)
            : places(signals, capacity);
    return new ChoiceTable(
        Math.toIntExact(signals.tokens()),
        k,
        signals.experts(),
        routing.plan().experts(),
        ImmutableLongArray.copyOf(signals.choices().toLongArray()),
        ImmutableDoubleArray.copyOf(signals.weights().toDoubleArray()),
        longs(signals.kept().toBooleanArray()),
        ImmutableLongArray.copyOf(places.toLongArray()));
  }

  /** As experts that choose have filled them: of expert e and slot c the plan says e * C + c. */
  private static NDArray places(RoutingSignals signals, SlotPlan plan, Capacity capacity) {
    long parts = capacity.scope().parts(signals.tokens(), signals.sequences());
    return Ops.remainder(plan.slotOfChoice(), plan.capacity() / parts); // (T, K)
  }

  /** As the plan places them: in order of service, or anew in token order. */
  private static NDArray places(RoutingSignals signals, Capacity capacity) {
    long parts = capacity.scope().parts(signals.tokens(), signals.sequences());
    NDArray part = RoutingOps.parts(signals.choices(), parts); // (T, K)
    boolean anew = capacity.order().slotsInTokenOrder();
    NDArray asked = // (T, K)
        anew
            ? RoutingOps.fill(signals.choices(), signals.kept().logicalNot(), -1)
            : signals.choices();
    NDArray keys = RoutingOps.scoped(asked, part, signals.experts()); // (T, K)
    DropOrder order = anew ? DropOrder.TOKEN_MAJOR : capacity.order();
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

  /** Tokens that each expert serves. */
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

  /** The largest number of choices of one expert. */
  int most() {
    long most = 0;
    for (int i = 0; i < choices.length(); i++) {
      most =
          choices.get(i) < 0 || choices.get(i) >= computing
              ? most
              : Math.max(most, places.get(i) + 1);
    }
    return Math.toIntExact(most);
  }

  /** The share of choices that got no place. */
  double droppedShare() {
    long asked = 0;
    long served = 0;
    for (int i = 0; i < choices.length(); i++) {
      asked += choices.get(i) >= 0 ? 1 : 0;
      served += choices.get(i) >= 0 && kept.get(i) == 1 ? 1 : 0;
    }
    return asked == 0 ? 0 : (asked - served) / (double) asked;
  }

  /** The choices of each token, in its order; a slot is null where the rule gives none. */
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
        boolean placed = kept.get(i) == 1 || (limit.isPresent() && !order.slotsInTokenOrder());
        if (placed && choices.get(i) < computing) {
          choice.put("slot", places.get(i));
        } else {
          choice.putNull("slot");
        }
      }
    }
    return all;
  }
}
