package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class DeepSpeedTopKRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DeepSpeedTopKRouter.Spec(2, capacity);
  }
}
