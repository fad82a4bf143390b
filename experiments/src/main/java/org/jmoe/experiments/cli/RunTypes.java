package org.jmoe.experiments.cli;

import org.jmoe.experiments.hub.HubWeights;
import org.jmoe.experiments.run.InitialWeights;
import org.jmoe.experiments.run.RunJson;
import org.jmoe.experiments.surgery.UpcycledWeights;

/** What commands know in a run.json: all that jmoe brings. */
final class RunTypes {
  private RunTypes() {}

  static RunJson json() {
    return new RunJson(
        HubWeights.types().with(InitialWeights.class, "UpcycledWeights", UpcycledWeights.class));
  }
}
