package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.Json;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.CapacityScope;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.SlotPlan;
import org.jmoe.routing.loss.PaddingRule;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Reference values from flaxformer's {@code routing_test.py}. Its probabilities are rounded to
 * bfloat16, so they are used directly; the z-loss is computed from float32 logits.
 */
final class FlaxformerCasesTest {
  private static JsonNode fixture(String name) throws IOException {
    return Json.plain()
        .readTree(Shared.path("fixtures/flaxformer_routing.json").toFile())
        .get(name);
  }

  @ParameterizedTest
  @CsvSource({
    "scatter_top1_bpr, 1.9064431",
    "scatter_top1_nobpr, 1.9064431",
    "scatter_top2_bpr, 1.9064431",
    "mask_top1_bpr, .4789761",
    "mask_top2_bpr, 1.2696176",
    "expert_choice, .5070454",
    "pad_mask_top2, .48541257",
    "pad_scatter_top2, .48541257",
    "pad_expert_choice, .48541257"
  })
  void zLoss(String name, double expected) throws IOException {
    JsonNode fixture = fixture(name);
    StringBuilder rows = new StringBuilder();
    StringBuilder padding = new StringBuilder();
    for (int g = 0; g < 2; g++) {
      for (JsonNode row : fixture.get("router_logits").get(g)) {
        rows.append(rows.isEmpty() ? "" : ",").append(row);
      }
      for (JsonNode real : List.copyOf(padding(fixture, g))) {
        padding.append(padding.isEmpty() ? "" : ",").append(real.asDouble() == 0);
      }
    }
    String mask = padding.isEmpty() ? "" : ",'padding':[" + padding + "]";
    Routed routed =
        Routed.of("'preset':'switch','losses':['z-flaxformer'],'logits':[" + rows + "]" + mask);
    assertEquals(expected, routed.loss("z-flaxformer"), 1e-6);
  }

  /** Slots, weights and balance loss, computed from the given probabilities. */
  @ParameterizedTest
  @CsvSource({
    "scatter_top1_bpr, 1.0166016",
    "scatter_top1_nobpr, 1.0166016",
    "scatter_top2_bpr, 2.0289307",
    "mask_top1_bpr, 1.0006511",
    "mask_top2_bpr, 2.001709",
    "pad_mask_top2, .6951498",
    "pad_scatter_top2, 1.1676433"
  })
  void plansAndLosses(String name, double loss) throws IOException {
    JsonNode fixture = fixture(name);
    boolean scatter = fixture.has("dispatch_indices");
    int capacity = fixture.get("expert_capacity").asInt();
    int k = fixture.get("kwargs").get("num_selected_experts").asInt();
    boolean bpr = fixture.get("kwargs").get("batch_prioritized_routing").asBoolean();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray probs = flat(manager, fixture.get("router_probs")); // (T, E)
      RouterContext context = RouterContext.of(true, Seed.of(0)).withSequences(2);
      JsonNode mask = fixture.get("padding_mask");
      if (!mask.isNull()) {
        context = context.withPadding(flat(manager, mask).flatten().eq(0));
      }
      Capacity limit =
          Capacity.fixed(capacity)
              .withOrder(bpr ? DropOrder.BATCH_PRIORITISED : DropOrder.K_MAJOR)
              .withScope(CapacityScope.sequence());
      Routing routing = Routing.topK(probs, probs, k, limit, context);
      PaddingRule rule = scatter ? PaddingRule.CHOOSING : PaddingRule.COUNTED;
      NDArray found = new SwitchBalance(rule, true).of(routing.signals());
      assertEquals(loss, found.getDouble(), 1e-6);
      compare(fixture, (SlotPlan) routing.plan(), routing.signals(), capacity, k);
    }
  }

  private static void compare(
      JsonNode fixture, SlotPlan plan, RoutingSignals signals, int capacity, int k) {
    long[] slots = plan.slotOfChoice().toLongArray();
    long[] choices = signals.choices().toLongArray();
    double[] weights = plan.weights().toDoubleArray();
    int size = fixture.get("router_probs").get(0).size();
    for (int i = 0; i < slots.length; i++) {
      int g = i / k / size;
      int s = i / k % size;
      boolean kept = slots[i] >= 0;
      long slot = kept ? slots[i] % capacity : -1;
      if (fixture.has("dispatch_indices")) {
        double expected =
            fixture.get("dispatch_indices").get(g).get(s).get(i % k).get(1).asDouble();
        double weight = fixture.get("combine_weights").get(g).get(s).get(i % k).asDouble();
        // flaxformer's scatter numbers choices modulo the slots; weight 0 marks dropped ones.
        assertEquals(weight, kept ? weights[i] : 0, 1e-7);
        assertEquals(kept ? expected : slot, (double) slot);
      } else if (kept) {
        int e = (int) choices[i];
        assertEquals(1, fixture.get("dispatch_mask").get(g).get(s).get(e).get((int) slot).asInt());
        double weight =
            fixture.get("combine_array").get(g).get(s).get(e).get((int) slot).asDouble();
        assertEquals(weight, weights[i], 1e-7);
      }
    }
    if (!fixture.has("dispatch_indices")) {
      long kept = java.util.Arrays.stream(slots).filter(slot -> slot >= 0).count();
      assertEquals(ones(fixture.get("dispatch_mask")), kept);
    }
  }

  private static long ones(JsonNode node) {
    if (!node.isArray()) {
      return node.asInt();
    }
    long sum = 0;
    for (JsonNode inner : node) {
      sum += ones(inner);
    }
    return sum;
  }

  /** Reshapes (G, S, X) to (G * S, X), or (G, S) to (G * S, 1). */
  private static NDArray flat(NDManager manager, JsonNode groups) {
    List<double[]> rows = new ArrayList<>();
    for (JsonNode group : groups) {
      for (JsonNode row : group) {
        double[] values = new double[Math.max(1, row.size())];
        for (int i = 0; i < values.length; i++) {
          values[i] = row.isArray() ? row.get(i).asDouble() : row.asDouble();
        }
        rows.add(values);
      }
    }
    double[] all = rows.stream().flatMapToDouble(java.util.Arrays::stream).toArray();
    return manager.create(all, new Shape(rows.size(), rows.get(0).length));
  }

  private static List<JsonNode> padding(JsonNode fixture, int group) {
    JsonNode mask = fixture.get("padding_mask");
    return mask.isNull()
        ? List.of()
        : java.util.stream.StreamSupport.stream(mask.get(group).spliterator(), false).toList();
  }
}
