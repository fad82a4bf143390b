package org.jmoe.experiments.cli;

import org.jmoe.experiments.run.ModelChange;
import org.jmoe.tensor.Quantisation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is measured otherwise than it was trained. */
final class ChangeOptions {
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

  @Option(
      names = "--experts",
      paramLabel = "FORM",
      description =
          "Hold the weights of a published checkpoint's experts as int8 or nf4 (default: float32).")
  @Nullable String experts;

  ModelChange change() {
    return new ModelChange(k, capacity, form(experts, "--experts"));
  }

  static @Nullable Quantisation form(@Nullable String name, String option) {
    return name == null || name.equals("float32")
        ? null
        : Words.of(Quantisation.class, name, option);
  }
}
