package org.jmoe.experiments.cli;

import org.jmoe.experiments.hub.HubWeights;
import org.jmoe.experiments.run.RunJson;

/** What commands know in a run.json: all that jmoe brings. */
final class RunTypes {
  private RunTypes() {}

  static RunJson json() {
    return new RunJson(HubWeights.types());
  }
}
