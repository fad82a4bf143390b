package org.jmoe.routing.assigned;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class SinkhornRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new SinkhornRouter.Spec(2, capacity);
  }
}
