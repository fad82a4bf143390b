package org.jmoe.routing;

import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;

/** Settings of a router that gives every token k experts and places them by a capacity. */
public interface TopKSpec extends RouterSpec {
  /** Experts a token. */
  int k();

  /** How many tokens an expert takes. */
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
