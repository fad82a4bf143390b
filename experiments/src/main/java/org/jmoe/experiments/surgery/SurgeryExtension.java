package org.jmoe.experiments.surgery;

import org.jmoe.experiments.run.InitialWeights;
import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;

/** What changes of trained models contribute. */
public final class SurgeryExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(InitialWeights.class, UpcycledWeights.class);
  }
}
