package org.jmoe.routing.biased;


import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.testing.RouterContract;

final class MegatronRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new MegatronRouter.Spec(
        ScoreFunction.SIGMOID, false, 2, Groups.none(), 1, 0.001, capacity);
  }
}
