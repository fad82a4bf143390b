package org.jmoe.routing.expertchoice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Arrays;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.Logits;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class ExpertChoiceRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new ExpertChoiceRouter.Spec(false, capacity);
  }

  /** V-MoE's {@code moe_test.py}: three tokens, three experts. */
  private NDArray gates() {
    return Logits.of(
        manager(), new double[] {.4, 0, .2}, new double[] {.5, .1, .4}, new double[] {.3, .2, .6});
  }

  @Test
  void expertsChoose() {
    NDList chosen = ExpertSlots.choose(gates(), null, 1, 2, false);
    assertArrayEquals(new long[] {1, 0, 2, 1, 2, 1}, chosen.get(0).toLongArray());
    assertArrayEquals(new long[] {1, -1, -1, 0, 3, 5, -1, 2, 4}, chosen.get(1).toLongArray());
  }

  /** flaxformer's two groups of four tokens; ties go to the lower token. */
  @Test
  void expertsChooseInEachGroup() {
    NDArray probs =
        Logits.of(
            manager(),
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
}
