package org.jmoe.app.route;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.SoftPlan;
import org.jmoe.routing.loss.LoadEstimate;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;

/** Writes a routing as JSON. */
final class RouteReply {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final RouteFile file;
  private final PresetValues values;
  private final Capacity capacity;
  private final Routing routing;
  private final Optional<ImmutableDoubleArray> updatedBias;

  RouteReply(
      RouteFile file,
      PresetValues values,
      Capacity capacity,
      Routing routing,
      Optional<ImmutableDoubleArray> updatedBias) {
    this.file = file;
    this.values = values;
    this.capacity = capacity;
    this.routing = routing;
    this.updatedBias = updatedBias;
  }

  /** Returns the reply to a file without tokens: no choices, no drops, every loss 0. */
  static JsonNode empty(RouteFile file) {
    ObjectNode reply = JSON.objectNode();
    reply.putNull("capacity");
    reply.putArray("choices");
    ArrayNode load = reply.putArray("load");
    for (int e = 0; e < file.input().experts(); e++) {
      load.add(0);
    }
    reply.put("droppedShare", 0.0);
    ObjectNode losses = reply.putObject("losses");
    file.losses().keySet().forEach(name -> losses.put(name, 0.0));
    return reply;
  }

  JsonNode json(NDArray input) {
    ObjectNode reply = JSON.objectNode();
    RoutingSignals signals = routing.signals();
    if (routing.plan() instanceof SoftPlan soft) {
      reply.put("capacity", file.input().slots());
      soft(reply, soft, input);
    } else {
      ChoiceTable table = ChoiceTable.of(routing, capacity);
      OptionalInt limit = limit(signals, table);
      if (limit.isPresent()) {
        reply.put("capacity", limit.getAsInt());
      } else {
        reply.putNull("capacity");
      }
      reply.set("choices", table.json(limit, capacity.order()));
      reply.set("load", table.load());
      reply.put("droppedShare", table.droppedShare());
    }
    losses(reply, signals);
    updatedBias.ifPresent(
        bias -> {
          ArrayNode node = reply.putArray("updatedBias");
          bias.forEach(node::add);
        });
    ObjectNode fields = reply.putObject("fields");
    values.numbers().forEach((field, value) -> fields.set(field.key(), node(field, value)));
    return reply;
  }

  private static JsonNode node(PresetField field, double value) {
    return switch (field.kind()) {
      case COUNT, COUNT_OR_NONE -> JSON.numberNode(Math.round(value));
      case NUMBER -> JSON.numberNode(value);
      case SWITCH -> JSON.booleanNode(value != 0);
    };
  }

  /** Returns the slots per expert; for systems that trim unused slots, the maximum in use. */
  private OptionalInt limit(RoutingSignals signals, ChoiceTable table) {
    boolean experts = signals.balanced();
    int k = experts ? 1 : Math.toIntExact(signals.choices().getShape().get(1));
    long size = signals.tokens() / capacity.scope().parts(signals.tokens(), signals.sequences());
    boolean training = file.batch().training() == null || file.batch().training();
    OptionalInt slots = capacity.slots(size, k, routing.plan().experts(), training);
    Double factor = file.router().limit().factor();
    if (slots.isEmpty() && factor != null) {
      return OptionalInt.of(table.maxLoad());
    }
    boolean cut = factor != null && factor < 0 && slots.isPresent();
    return cut ? OptionalInt.of(Math.min(slots.getAsInt(), table.maxLoad())) : slots;
  }

  private void losses(ObjectNode reply, RoutingSignals signals) {
    RouterPreset preset = file.preset();
    ObjectNode losses = reply.putObject("losses");
    ObjectNode relative = JSON.objectNode();
    for (Map.Entry<String, AuxLoss> named : file.losses().entrySet()) {
      String name = named.getKey();
      AuxLoss loss = named.getValue();
      double value = Ops.cast(loss.of(signals), DataType.FLOAT64).getDouble();
      if (!Double.isFinite(value)) {
        throw new RouteException(
            "loss "
                + name
                + " is "
                + value
                + " on these logits; scale the logits down, or set noiseStd above 0 for a load"
                + " loss");
      }
      losses.put(name, value);
      double scaled = loss.relative(value, signals);
      if (Double.isFinite(scaled)) {
        relative.put(name, scaled);
      }
    }
    if (!file.losses().isEmpty()) {
      reply.set("relativeLosses", relative);
    }
    if (signals.noisy() != null && file.given().noise() != null) {
      LoadEstimate estimate =
          switch (preset.cvForm()) {
            case SHAZEER -> LoadEstimate.SHAZEER;
            case VMOE -> LoadEstimate.VMOE;
            case TUTEL -> LoadEstimate.TUTEL;
          };
      ArrayNode node = reply.putArray("loadEstimate");
      for (double load : estimate.load(signals).toDoubleArray()) {
        node.add(load);
      }
    }
  }

  private void soft(ObjectNode reply, SoftPlan plan, NDArray tokens) {
    RoutingSignals signals = routing.signals();
    ArrayNode choices = reply.putArray("choices");
    for (long t = 0; t < signals.tokens(); t++) {
      choices.addArray();
    }
    ArrayNode load = reply.putArray("load");
    for (int e = 0; e < signals.experts(); e++) {
      load.add(file.input().slots());
    }
    reply.put("droppedShare", 0.0);
    reply.set("dispatch", cube(plan.toSlots()));
    reply.set("combine", cube(plan.toTokens()));
    reply.set("slotInputs", cube(plan.dispatch(tokens)));
  }

  private static JsonNode cube(NDArray array) {
    long[] shape = array.getShape().getShape();
    double[] values = array.toDoubleArray();
    ArrayNode outer = JSON.arrayNode();
    int at = 0;
    for (long i = 0; i < shape[0]; i++) {
      ArrayNode middle = outer.addArray();
      for (long j = 0; j < shape[1]; j++) {
        ArrayNode inner = middle.addArray();
        for (long k = 0; k < shape[2]; k++) {
          inner.add(values[at++]);
        }
      }
    }
    return outer;
  }
}
