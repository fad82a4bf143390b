package org.jmoe.app.examples;

import org.jmoe.training.optimizer.OptimizerContract;
import org.jmoe.training.optimizer.OptimizerSpec;

final class LionTest extends OptimizerContract {
  @Override
  protected OptimizerSpec spec() {
    return new Lion.Spec(0.01, 0.9, 0.99, 0.1, 1);
  }
}
