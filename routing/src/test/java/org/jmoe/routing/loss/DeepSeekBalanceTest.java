package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterContext;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class DeepSeekBalanceTest extends LossContract {
  private final BalanceCases cases = new BalanceCases(manager());

  @Override
  protected AuxLoss loss() {
    return new DeepSeekBalance();
  }

  /** DeepSeek divides by the length of each sequence, Megatron by the mean length. */
  @Test
  void sequencesOfUnequalLength() {
    NDArray all = Logits.random(manager(), 16, 4, 6);
    boolean[] out = new boolean[16];
    java.util.Arrays.fill(out, 11, 16, true); // lengths 8 and 3
    RouterContext padded = BalanceCases.CONTEXT.withSequences(2).withPadding(manager().create(out));
    double first =
        BalanceCases.value(
            new DeepSeekBalance(), cases.signals(all.get("0:8"), 2, BalanceCases.CONTEXT));
    double second =
        BalanceCases.value(
            new DeepSeekBalance(), cases.signals(all.get("8:11"), 2, BalanceCases.CONTEXT));
    double both = BalanceCases.value(new DeepSeekBalance(), cases.signals(all, 2, padded));
    assertEquals((first + second) / 2, both, 1e-12);

    MegatronBalance megatron = new MegatronBalance(true);
    double mean = 11 / 2.0;
    double one =
        BalanceCases.value(megatron, cases.signals(all.get("0:8"), 2, BalanceCases.CONTEXT))
            * 64
            / (mean * mean);
    double two =
        BalanceCases.value(megatron, cases.signals(all.get("8:11"), 2, BalanceCases.CONTEXT))
            * 9
            / (mean * mean);
    assertEquals(
        (one + two) / 2, BalanceCases.value(megatron, cases.signals(all, 2, padded)), 1e-12);
  }
}
