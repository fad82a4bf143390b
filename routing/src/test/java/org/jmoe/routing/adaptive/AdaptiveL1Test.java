package org.jmoe.routing.adaptive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.Logits;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class AdaptiveL1Test extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new AdaptiveL1();
  }

  /** {@code apply_l1_reg} with plain loops: sum of f_e ReLU over tokens and experts, over T. */
  @Test
  void loadBalancedL1() {
    int tokens = 7;
    int experts = 3;
    double k = 2;
    NDArray logits = Logits.random(manager(), tokens, experts, 1);
    NDArray expert = manager().arange(0, experts, 1).reshape(1, experts).repeat(0, tokens);
    NDArray choices = // (T, E), the experts with a positive logit
        expert.add(1).mul(logits.gt(0).toType(expert.getDataType(), false)).sub(1);
    NDArray ids = choices.toType(DataType.INT64, false);
    RoutingSignals signals =
        RoutingSignals.of(1, logits, logits, ids, logits, logits.gt(0))
            .with(Input.COEFFICIENT, manager().create(new double[] {0.3 / k}));
    double expected = 0;
    for (int e = 0; e < experts; e++) {
      double count = 0;
      double sum = 0;
      for (int t = 0; t < tokens; t++) {
        double r = Math.max(0, logits.getDouble(t, e));
        count += r > 0 ? 1 : 0;
        sum += r;
      }
      expected += 0.3 * experts / (k * tokens) * count * sum / tokens;
    }
    assertEquals(expected, loss().of(signals).getDouble(), 1e-12);
  }
}
