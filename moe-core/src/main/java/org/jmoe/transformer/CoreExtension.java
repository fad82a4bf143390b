package org.jmoe.transformer;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SeesAhead;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.FixedCapacity;

/** What the core contributes. */
public final class CoreExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(RouterSpec.class, SeesAhead.class);
    to.type(CapacityRule.class, FixedCapacity.class);
  }
}
