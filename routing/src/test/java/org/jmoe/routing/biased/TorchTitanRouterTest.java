package org.jmoe.routing.biased;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.testing.RouterContract;

final class TorchTitanRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TorchTitanRouter.Spec(
        ScoreFunction.SIGMOID, 2, Groups.none(), true, 1, 0.001, capacity);
  }
}
