package org.jmoe.app.cli.train;

import org.jmoe.app.cli.option.UsageException;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.RunConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that limit training; tokens and FLOPs set the number of steps. */
final class BudgetOptions {
  private static final long NANOS_PER_MINUTE = 60_000_000_000L;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Train on at most N tokens, such as 2e6; sets training.steps.")
  @Nullable Double tokens;

  @Option(
      names = "--flops",
      paramLabel = "N",
      description =
          "Train with at most N model FLOPs, such as 1e13, counted as in summary.json; sets"
              + " training.steps.")
  @Nullable Double flops;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "Save and stop after N minutes; --resume continues the run.")
  @Nullable Double minutes;

  /** Whether the configuration is changed. */
  boolean setsSteps() {
    return tokens != null || flops != null;
  }

  /** The configuration with as many steps as the budget allows. */
  RunConfig apply(RunConfig config) {
    if (tokens != null && flops != null) {
      throw new UsageException("--tokens and --flops both set training.steps; give one of them.");
    }
    if (tokens != null) {
      return within(config, "--tokens", tokens, (double) config.training().tokensPerStep());
    }
    return flops == null
        ? config
        : within(
            config, "--flops", flops, config.training().tokensPerStep() * config.flopsPerToken());
  }

  private static RunConfig within(RunConfig config, String option, double budget, double step) {
    double steps = Math.floor(budget / step);
    if (!(steps >= 1 && steps <= Integer.MAX_VALUE)) {
      throw new UsageException(
          "%s is %.3g, but a step takes %.3g; give at least that.".formatted(option, budget, step));
    }
    TrainingSpec training = config.training().toBuilder().steps((int) steps).build();
    return config.withTraining(training);
  }

  /** The time at which training stops, of System.nanoTime, from now. */
  @Nullable Long deadline() {
    if (minutes == null) {
      return null;
    }
    if (!(minutes > 0)) {
      throw new UsageException("--minutes must be above 0, not " + minutes + ".");
    }
    return System.nanoTime() + Math.round(minutes * NANOS_PER_MINUTE);
  }
}
