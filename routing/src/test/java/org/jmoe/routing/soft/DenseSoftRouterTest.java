package org.jmoe.routing.soft;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class DenseSoftRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DenseSoftRouter.Spec();
  }
}
