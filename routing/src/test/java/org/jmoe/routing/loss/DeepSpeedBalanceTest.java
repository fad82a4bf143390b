package org.jmoe.routing.loss;


import org.jmoe.layer.AuxLoss;
import org.jmoe.testing.LossContract;

final class DeepSpeedBalanceTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new DeepSpeedBalance(false);
  }

  @Override
  protected boolean ignoresPadding() {
    return false;
  }
}
