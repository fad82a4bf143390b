package org.jmoe.routing.assigned;


import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.testing.RouterContract;

final class HashRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new HashRouter.Spec(1, ImmutableLongArray.of(), false, capacity);
  }
}
