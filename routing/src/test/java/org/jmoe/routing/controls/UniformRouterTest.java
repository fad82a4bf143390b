package org.jmoe.routing.controls;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class UniformRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new UniformRouter.Spec(2, true, capacity);
  }
}
