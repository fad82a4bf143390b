package org.jmoe.experiments.cli;

import org.jmoe.experiments.run.RoutingChange;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is measured with other routing than it was trained with. */
final class RoutingOptions {
  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Experts a token, in place of the model's.")
  @Nullable Integer k;

  @Option(
      names = "--capacity",
      paramLabel = "FACTOR",
      description = "Capacity factor, in place of the model's; Infinity drops no token.")
  @Nullable Double capacity;

  RoutingChange change() {
    return new RoutingChange(k, capacity);
  }
}
