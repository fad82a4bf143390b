package org.jmoe.routing.top2;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class NllbRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new NllbRouter.Spec(SecondExpert.ALL, true, capacity);
  }
}
