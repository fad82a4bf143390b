package org.jmoe.routing.top2;

import org.jmoe.routing.TopKSpec;

/** Settings of a router that gives every token up to two experts. */
interface Top2Spec extends TopKSpec {
  @Override
  default int k() {
    return 2;
  }
}
