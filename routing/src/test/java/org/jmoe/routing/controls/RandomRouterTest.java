package org.jmoe.routing.controls;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class RandomRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new RandomRouter.Spec(2, capacity);
  }
}
