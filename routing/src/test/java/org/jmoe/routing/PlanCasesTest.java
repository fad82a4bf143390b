package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** V-MoE's {@code moe_test.py}: three tokens, three experts, two slots each. */
final class PlanCasesTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final NDArray gates =
      Logits.of(
          manager,
          new double[] {.4, 0, .2},
          new double[] {.5, .1, .4},
          new double[] {.3, .2, .6}); // (T, E)

  @AfterEach
  void close() {
    manager.close();
  }

  private SlotPlan plan(DropOrder order) {
    Routing routing =
        Routing.topK(
            gates,
            gates,
            2,
            Capacity.fixed(2).withOrder(order),
            RouterContext.of(true, Seed.of(0)));
    return (SlotPlan) routing.plan();
  }

  /** First choices 0, 0, 2 in token order, then 2, 2, 0: the last two exceed the capacity. */
  @Test
  void firstChoicesFirst() {
    SlotPlan plan = plan(DropOrder.K_MAJOR);
    assertArrayEquals(new long[] {0, 5, 1, -1, 4, -1}, plan.slotOfChoice().toLongArray());
    assertArrayEquals(new double[] {.4, .2, .5, .4, .6, .3}, plan.weights().toDoubleArray(), 1e-12);
  }

  /** Token 2 with .6 has priority, then 1, then 0. */
  @Test
  void tokensOfLargerGateFirst() {
    SlotPlan plan = plan(DropOrder.BATCH_PRIORITISED);
    assertArrayEquals(new long[] {1, -1, 0, 5, 4, -1}, plan.slotOfChoice().toLongArray());
  }

  @Test
  void dispatchAndCombineWithUnitWeightsReturnTheTokens() {
    NDArray tokens = Logits.random(manager, 3, 4, 1); // (T, D)
    NDArray ones = gates.onesLike(); // (T, E)
    NDArray choices = manager.create(new long[] {2, 0, 1}).reshape(3, 1); // (T, 1)
    Routing routing =
        Routing.of(
            gates,
            ones,
            choices,
            ones.get(":, 0:1"),
            Capacity.fixed(1),
            RouterContext.of(true, Seed.of(0)));
    NDArray back = routing.plan().combine(routing.plan().dispatch(tokens)); // (T, D)
    assertArrayEquals(tokens.toDoubleArray(), back.toDoubleArray());
    assertEquals(3, routing.plan().experts());
  }

  /**
   * {@code dispatcher round trip}: item i has value i; groups of two experts with two slots each.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // expert, slot and weight of each choice of each item; inputs of the experts; outputs
        "2 2 | 1:0:.7; 0:0:.7; 0:1:.3 1:1:.7 | 2 3 1 3 | .7 1.4 3",
        "2 2 | 0:0:.7 1:1:.3; 0:1:.7; 1:0:.3 | 4 5 6 4 | 4 3.5 1.8",
        "4 1 | 1:0:.7; 0:0:.7; 2:0:.7 3:0:.3 | 2 1 3 3 | .7 1.4 3",
        "4 1 | 0:0:.7 2:0:.3; 3:0:.7; 1:0:.3 | 4 6 4 5 | 4 3.5 1.8",
      })
  void dispatcherRoundTrip(String line) {
    String[] parts = line.split("\\|", -1);
    int[] size = ints(parts[0]);
    String[] items = parts[1].split(";", -1);
    long[] experts = new long[6];
    long[] ranks = new long[6];
    double[] weights = new double[6];
    Arrays.fill(experts, -1);
    for (int t = 0; t < 3; t++) {
      String[] choices = items[t].trim().split(" ", -1);
      for (int j = 0; j < choices.length; j++) {
        String[] choice = choices[j].split(":", -1);
        experts[2 * t + j] = Long.parseLong(choice[0]);
        ranks[2 * t + j] = Long.parseLong(choice[1]);
        weights[2 * t + j] = Double.parseDouble(choice[2]);
      }
    }
    SlotPlan plan =
        SlotPlan.of(
            manager.create(experts).reshape(3, 2),
            manager.create(ranks).reshape(3, 2),
            manager.create(weights).reshape(3, 2),
            size[0],
            size[1]);
    double first = parts[2].contains("1") ? 1 : 4;
    double[] values = {first, first + 1, first + 2};
    NDArray tokens = manager.create(values).reshape(3, 1).repeat(1, 4); // (T, D)
    NDArray slots = plan.dispatch(tokens); // (E, C, D)
    assertArrayEquals(doubles(parts[2]), slots.get(":, :, 0").flatten().toDoubleArray());
    assertArrayEquals(doubles(parts[3]), plan.combine(slots).get(":, 0").toDoubleArray(), 1e-12);
  }

  private static int[] ints(String text) {
    return Arrays.stream(text.trim().split(" ", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static double[] doubles(String text) {
    return Arrays.stream(text.trim().split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }
}
