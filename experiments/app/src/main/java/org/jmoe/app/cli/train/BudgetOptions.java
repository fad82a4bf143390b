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
      return within(config, "--tokens", tokens, 1);
    }
    return flops == null ? config : within(config, "--flops", flops, config.flopsPerToken());
  }

  private static RunConfig within(RunConfig config, String option, double budget, double token) {
    TrainingSpec training = config.training();
    long few = (long) training.batch() * training.sequence(); // a step has at least these tokens
    long low = 0;
    long high = (long) Math.min(Integer.MAX_VALUE, budget / token / few + 1);
    while (low < high) {
      long steps = (low + high + 1) / 2;
      boolean fits = training.tokensBefore(steps) * token <= budget;
      low = fits ? steps : low;
      high = fits ? high : steps - 1;
    }
    if (low == 0) {
      throw new UsageException(
          "%s is %s, but the first step takes %.3g; give at least that."
              .formatted(option, budget, training.tokensBefore(1) * token));
    }
    return config.withTraining(training.toBuilder().steps((int) low).build());
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
