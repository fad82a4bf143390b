package org.jmoe.routing.top2;

import org.jmoe.routing.TopKSpec;

/** Settings of a router with up to two experts per token. */
interface Top2Spec extends TopKSpec {
  @Override
  default int k() {
    return 2;
  }
}
