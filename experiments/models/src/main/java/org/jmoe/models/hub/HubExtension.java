package org.jmoe.models.hub;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.InitialWeights;

/** Registers published checkpoints as initial weights. */
public final class HubExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(InitialWeights.class, HubWeights.class);
  }
}
