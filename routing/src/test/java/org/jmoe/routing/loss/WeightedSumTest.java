package org.jmoe.routing.loss;


import org.jmoe.layer.AuxLoss;
import org.jmoe.testing.LossContract;

final class WeightedSumTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new WeightedSum(new Importance(), 0.5, new Load(), 0.5);
  }
}
