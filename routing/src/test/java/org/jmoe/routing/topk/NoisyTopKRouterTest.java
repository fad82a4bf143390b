package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class NoisyTopKRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new NoisyTopKRouter.Spec(2, capacity);
  }
}
