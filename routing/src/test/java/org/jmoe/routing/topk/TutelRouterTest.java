package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class TutelRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TutelRouter.Spec(2, true, 0.25, capacity);
  }
}
