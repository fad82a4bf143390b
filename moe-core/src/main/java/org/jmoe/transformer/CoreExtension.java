package org.jmoe.transformer;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.FixedCapacity;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.RotaryScaling;

/** Registers the types of the core. */
public final class CoreExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(RouterSpec.class, AllowNonCausal.class);
    to.type(AttentionSpec.class, GroupedAttention.Spec.class);
    to.type(AttentionSpec.class, LatentAttention.Spec.class);
    to.type(RotaryScaling.class, RotaryScaling.None.class);
    to.type(RotaryScaling.class, RotaryScaling.Linear.class);
    to.type(RotaryScaling.class, RotaryScaling.Dynamic.class);
    to.type(RotaryScaling.class, RotaryScaling.Llama3.class);
    to.type(RotaryScaling.class, RotaryScaling.Yarn.class);
    to.type(RotaryScaling.class, RotaryScaling.LongRope.class);
    to.type(CapacityRule.class, FixedCapacity.class);
  }
}
