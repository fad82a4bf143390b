package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values and properties asserted by the tests of the original systems. */
final class BalanceCasesTest {
  private static final List<AuxLoss> PADDING_FREE =
      List.of(
          new MegatronBalance(false),
          new MegatronBalance(true),
          new MegatronGlobalBalance(),
          new DeepSeekBalance(),
          new PooledBalance(),
          new SwitchBalance(),
          new GShardBalance(),
          new RouterZ());

  private final NDManager manager = NDManager.newBaseManager();
  private final BalanceCases cases = new BalanceCases(manager);

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void perfectBalanceIsExactlyOne() {
    NDArray probs = manager.full(new Shape(8, 4), 0.25f);
    NDArray choices =
        manager.create(new long[] {0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 0, 1, 2, 3, 0}).reshape(8, 2);
    RoutingSignals signals =
        Routing.of(
                probs,
                probs,
                choices,
                probs.gather(choices, 1),
                Capacity.dropless(),
                BalanceCases.CONTEXT)
            .signals();
    assertEquals(2.0, BalanceCases.value(new SwitchBalance(), signals));
    assertEquals(2.0, BalanceCases.value(new PooledBalance(), signals));
    assertEquals(1.0, BalanceCases.value(new MegaBlocksBalance(), signals));
    assertEquals(1.0, BalanceCases.value(new GShardBalance(), signals));
    assertEquals(0.0, BalanceCases.value(new Importance(), signals));
    assertEquals(1.0, new SwitchBalance().relative(2, signals));
  }

  /** Megatron's {@code test_padding_mask_removes_padding_tokens}: bit-exact value and gradient. */
  @Test
  void maskedTokensEqualRemovedTokens() {
    NDArray all = Logits.random(manager, 24, 8, 1).toType(DataType.FLOAT32, false);
    boolean[] out = new boolean[24];
    java.util.Arrays.fill(out, 16, 24, true);
    NDArray mask = manager.create(out);
    for (AuxLoss loss : PADDING_FREE) {
      NDArray padded = all.duplicate();
      NDArray alone = all.get("0:16").duplicate();
      double[] one = cases.gradient(loss, padded, BalanceCases.CONTEXT.withPadding(mask), 2);
      double[] two = cases.gradient(loss, alone, BalanceCases.CONTEXT, 2);
      for (int i = 0; i < two.length; i++) {
        assertEquals(two[i], one[i], loss + " at " + i);
      }
      for (int i = two.length; i < one.length - 1; i++) {
        assertEquals(0, one[i + 1], loss + " at padding " + i);
      }
    }
  }

  /** Gradients flow only through probabilities; counts are constants. */
  @Test
  void gradientsFlowThroughProbabilities() {
    for (AuxLoss loss : PADDING_FREE) {
      NDArray logits = Logits.random(manager, 10, 4, 3);
      double[] found = cases.gradient(loss, logits.duplicate(), BalanceCases.CONTEXT, 2);
      double[] values = logits.toDoubleArray();
      for (int i = 0; i < values.length; i += 7) {
        double numeric = (moved(loss, values, i, 1e-5) - moved(loss, values, i, -1e-5)) / 2e-5;
        assertEquals(numeric, found[i + 1], 1e-6, loss + " at " + i);
      }
    }
  }

  private double moved(AuxLoss loss, double[] values, int at, double step) {
    double[] copy = values.clone();
    copy[at] += step;
    return BalanceCases.value(
        loss, cases.signals(manager.create(copy, new Shape(10, 4)), 2, BalanceCases.CONTEXT));
  }
}
