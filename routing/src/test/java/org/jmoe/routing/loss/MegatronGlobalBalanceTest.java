package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class MegatronGlobalBalanceTest extends LossContract {
  private final BalanceCases cases = new BalanceCases(manager());

  @Override
  protected AuxLoss loss() {
    return new MegatronGlobalBalance();
  }

  /** Megatron's {@code global_aux_loss} in the third micro-batch of a step. */
  @Test
  void countsOfEarlierMicroBatches() {
    RoutingSignals signals = cases.signals(cases.canonical(), 2, BalanceCases.CONTEXT);
    ImmutableLongArray earlier = ImmutableLongArray.of(3, 9, 1, 11);
    NDArray loss =
        new MegatronGlobalBalance()
            .ofStep(
                Map.of("layer", signals),
                (name, own) -> {
                  assertEquals("layer", name);
                  assertEquals(ImmutableLongArray.of(4, 3, 3, 2), own);
                  return new StepCounts.Earlier(earlier, 2);
                });
    double[] mass = signals.probs().sum(new int[] {0}).toDoubleArray();
    double[] counts = {(4 + 3) / 3.0, (3 + 9) / 3.0, (3 + 1) / 3.0, (2 + 11) / 3.0};
    double tokens = java.util.Arrays.stream(counts).sum() / 2;
    double sum = 0;
    for (int e = 0; e < 4; e++) {
      sum += mass[e] * counts[e];
    }
    assertEquals(4 / (2 * tokens * tokens) * sum, loss.getDouble(), 1e-12);
  }
}
