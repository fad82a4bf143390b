package org.jmoe.training.config;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.Muon;
import org.jmoe.training.optimizer.OptimizerSpec;
import org.jmoe.training.optimizer.Schedule;
import org.jmoe.training.optimizer.WarmupDecay;
import org.jmoe.training.optimizer.WarmupStableDecay;

/** Contributes corpus sources and initial weights. */
public final class RunExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.type(CorpusSource.class, DefaultSource.class);
    to.type(CorpusSource.class, FileSource.class);
    to.type(InitialWeights.class, RunWeights.class);
    to.type(InitialWeights.class, UpcycledWeights.class);
    to.type(OptimizerSpec.class, AdamW.Spec.class);
    to.type(OptimizerSpec.class, Muon.Spec.class);
    to.type(Schedule.class, WarmupDecay.class);
    to.type(Schedule.class, WarmupStableDecay.class);
  }
}
