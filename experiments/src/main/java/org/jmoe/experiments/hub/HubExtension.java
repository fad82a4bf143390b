package org.jmoe.experiments.hub;

import org.jmoe.experiments.run.InitialWeights;
import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;

/** What published checkpoints contribute. */
public final class HubExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(InitialWeights.class, HubWeights.class);
  }
}
