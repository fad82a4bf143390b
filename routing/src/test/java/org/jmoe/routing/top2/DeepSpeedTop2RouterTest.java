package org.jmoe.routing.top2;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class DeepSpeedTop2RouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DeepSpeedTop2Router.Spec(false, capacity);
  }
}
