package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class CosineRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new CosineRouter.Spec(2, 0, 2, true, capacity);
  }
}
