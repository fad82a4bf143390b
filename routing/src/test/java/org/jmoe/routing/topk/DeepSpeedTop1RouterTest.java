package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class DeepSpeedTop1RouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DeepSpeedTop1Router.Spec(false, capacity);
  }
}
