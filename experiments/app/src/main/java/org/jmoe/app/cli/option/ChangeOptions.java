package org.jmoe.app.cli.option;

import org.jmoe.tensor.Quantisation;
import org.jmoe.training.config.ModelChange;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Inference-time overrides of a model. */
public final class ChangeOptions {
  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Override the number of experts per token.")
  @Nullable Integer k;

  @Option(
      names = "--capacity",
      paramLabel = "FACTOR",
      description = "Override the capacity factor; Infinity drops no tokens.")
  @Nullable Double capacity;

  @Option(
      names = "--expert-weights",
      paramLabel = "FORM",
      description =
          "Quantise the experts of a published checkpoint to int8 or nf4 (default:" + " float32).")
  @Nullable String experts;

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      description = "Load the weights of a published checkpoint as float16 (default: float32).")
  @Nullable String weights;

  /** The overrides that the options specify. */
  public ModelChange change() {
    return new ModelChange(k, capacity, form(experts, "--expert-weights"), half(weights));
  }

  /** Whether weights are to be held in half precision. */
  public static boolean half(@Nullable String type) {
    if (type != null && !type.equals("float32") && !type.equals("float16")) {
      throw new UsageException("--weights is float32 or float16, not " + type + ".");
    }
    return "float16".equals(type);
  }

  /** The quantisation of that name, null for none. */
  public static @Nullable Quantisation form(@Nullable String name, String option) {
    return name == null || name.equals("float32")
        ? null
        : Words.of(Quantisation.class, name, option);
  }
}
