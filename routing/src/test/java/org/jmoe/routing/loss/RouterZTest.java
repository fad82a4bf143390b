package org.jmoe.routing.loss;


import org.jmoe.layer.AuxLoss;
import org.jmoe.testing.LossContract;

final class RouterZTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new RouterZ();
  }
}
