package org.jmoe.experts;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.ExpertsSpec;

/** Registers the expert types of JSON. */
public final class ExpertsExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(ExpertsSpec.class, FeedForwardExperts.Spec.class);
    to.type(ExpertsSpec.class, AutonomousExperts.Spec.class);
    to.type(ExpertsSpec.class, HeterogeneousExperts.Spec.class);
    to.type(ExpertsSpec.class, LatentExperts.Spec.class);
    to.type(ExpertsSpec.class, MoeExperts.Spec.class);
    to.type(ExpertsSpec.class, PeerExperts.Spec.class);
    to.type(ExpertsSpec.class, ZeroComputationExperts.Spec.class);
  }
}
