package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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

  /** First choices 0, 0, 2 in token order, then 2, 2, 0: the last two find their experts full. */
  @Test
  void firstChoicesFirst() {
    SlotPlan plan = plan(DropOrder.K_MAJOR);
    assertArrayEquals(new long[] {0, 5, 1, -1, 4, -1}, plan.slotOfChoice().toLongArray());
    assertArrayEquals(new double[] {.4, .2, .5, .4, .6, .3}, plan.weights().toDoubleArray(), 1e-12);
  }

  /** Token 2 of .6 is served first, then 1, then 0. */
  @Test
  void tokensOfLargerGateFirst() {
    SlotPlan plan = plan(DropOrder.BATCH_PRIORITISED);
    assertArrayEquals(new long[] {1, -1, 0, 5, 4, -1}, plan.slotOfChoice().toLongArray());
  }

  @Test
  void expertsChoose() {
    NDList chosen = ExpertSlots.choose(gates, null, 1, 2, false);
    assertArrayEquals(new long[] {1, 0, 2, 1, 2, 1}, chosen.get(0).toLongArray());
    assertArrayEquals(new long[] {1, -1, -1, 0, 3, 5, -1, 2, 4}, chosen.get(1).toLongArray());
  }

  /** flaxformer's two groups of four tokens; ties go to the lower token. */
  @Test
  void expertsChooseInEachGroup() {
    NDArray probs =
        Logits.of(
            manager,
            new double[] {.49609375, .50390625},
            new double[] {.494140625, .50390625},
            new double[] {.498046875, .50390625},
            new double[] {.494140625, .50390625},
            new double[] {.498046875, .50390625},
            new double[] {.494140625, .50390625},
            new double[] {.494140625, .5078125},
            new double[] {.4921875, .5078125});
    NDList chosen = ExpertSlots.choose(probs, null, 2, 2, false);
    assertArrayEquals(new long[] {2, 0, 4, 5, 0, 1, 6, 7}, chosen.get(0).toLongArray());
    long[] slots = chosen.get(1).toLongArray();
    assertArrayEquals(new long[] {1, 4, -1, 5, 0, -1, -1, -1}, Arrays.copyOf(slots, 8));
    assertArrayEquals(new long[] {2, -1, 3, -1, -1, 6, -1, 7}, Arrays.copyOfRange(slots, 8, 16));
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
}
