package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class SwitchRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new SwitchRouter.Spec(0.01, capacity);
  }
}
