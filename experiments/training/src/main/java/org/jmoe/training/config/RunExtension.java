package org.jmoe.training.config;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;

/** Contributes corpus sources and initial weights. */
public final class RunExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(CorpusSource.class, DefaultSource.class);
    to.type(CorpusSource.class, FileSource.class);
    to.type(InitialWeights.class, RunWeights.class);
    to.type(InitialWeights.class, UpcycledWeights.class);
  }
}
