package org.jmoe.routing;

import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;

/** Settings of a router with k experts per token and a capacity. */
public interface TopKSpec extends RouterSpec {
  /** Returns the number of experts per token. */
  int k();

  /** Returns the capacity of the experts. */
  @Override
  Capacity capacity();

  @Override
  default int activeExperts(int experts) {
    return k();
  }

  @Override
  default boolean causal() {
    return capacity().causal(k());
  }
}
