package org.jmoe.routing;

import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

/** Contract tests of a custom router. */
final class TemperatureRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TemperatureRouter.Spec(2, 0.5);
  }
}
