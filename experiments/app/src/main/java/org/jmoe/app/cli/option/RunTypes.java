package org.jmoe.app.cli.option;

import org.jmoe.models.hub.HubWeights;
import org.jmoe.training.config.RunJson;

/** What commands know in a run.json: all that jmoe brings. */
public final class RunTypes {
  private RunTypes() {}

  /** {@code run.json} with every type that the command line knows. */
  public static RunJson json() {
    return new RunJson(HubWeights.types());
  }
}
