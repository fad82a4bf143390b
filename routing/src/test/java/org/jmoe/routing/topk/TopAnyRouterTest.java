package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class TopAnyRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TopAnyRouter.Spec(10, 0.5, capacity);
  }
}
