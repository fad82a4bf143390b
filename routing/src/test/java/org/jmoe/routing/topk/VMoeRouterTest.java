package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class VMoeRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new VMoeRouter.Spec(2, 0.25, capacity);
  }
}
