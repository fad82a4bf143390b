package org.jmoe.app.cli.option;

import org.jmoe.tensor.Quantisation;
import org.jmoe.training.config.ModelChange;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is measured otherwise than it was trained. */
public final class ChangeOptions {
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

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      description = "Hold the weights of a published checkpoint as float16 (default: float32).")
  @Nullable String weights;

  /** The change of the model that the options ask for. */
  public ModelChange change() {
    return new ModelChange(k, capacity, form(experts, "--experts"), half(weights));
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
