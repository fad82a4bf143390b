package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.testing.RouterContract;

final class DeepSeekV2RouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new DeepSeekV2Router.Spec(2, new Groups(2, 1), 1.5, capacity);
  }
}
