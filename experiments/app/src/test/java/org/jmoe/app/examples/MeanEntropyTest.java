package org.jmoe.app.examples;

import org.jmoe.layer.AuxLoss;
import org.jmoe.testing.LossContract;

final class MeanEntropyTest extends LossContract {
  @Override
  protected AuxLoss loss() {
    return new MeanEntropy();
  }
}
