package org.jmoe.routing.topk;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class TopPRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TopPRouter.Spec(TopPRouter.Form.DYNAMIC, 0.4, 0, capacity);
  }
}
