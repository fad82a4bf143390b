package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class MegatronBalanceTest extends LossContract {
  private final BalanceCases cases = new BalanceCases(manager());

  @Override
  protected AuxLoss loss() {
    return new MegatronBalance(true);
  }

  /**
   * Megatron's {@code test_seq_aux_loss}: a sequence equals a batch, and the loss is their mean.
   */
  @Test
  void sequencesAreBalancedSeparately() {
    NDArray all = Logits.random(manager(), 32, 8, 2).toType(DataType.FLOAT32, false);
    double sum = 0;
    for (int b = 0; b < 4; b++) {
      NDArray one = all.get(b * 8 + ":" + (b + 1) * 8).duplicate();
      double[] seq = cases.gradient(new MegatronBalance(true), one, BalanceCases.CONTEXT, 2);
      double[] aux =
          cases.gradient(new MegatronBalance(false), one.duplicate(), BalanceCases.CONTEXT, 2);
      assertArrayEquals(aux, seq);
      sum += seq[0];
    }
    RoutingSignals batch = cases.signals(all, 2, BalanceCases.CONTEXT.withSequences(4));
    assertEquals((float) (sum / 4), (float) BalanceCases.value(new MegatronBalance(true), batch));
  }
}
