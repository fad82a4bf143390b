package org.jmoe.experiments.cli;

import org.jmoe.experiments.run.LoadedRun;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which of a run's checkpoints a command looks at. */
final class CheckpointOption {
  private static final String BEST = "best";

  @Option(
      names = "--checkpoint",
      paramLabel = "N|best",
      description =
          "The checkpoint of step N, or of least held-out loss (default: the last one of the run).")
  @Nullable String checkpoint;

  /** Loads it. */
  void apply(LoadedRun run) {
    if (checkpoint == null) {
      return;
    }
    if (checkpoint.equals(BEST)) {
      run.useBest();
    } else {
      run.use(step(checkpoint));
    }
  }

  /** Refuses the option for a published checkpoint. */
  void refuse() {
    if (checkpoint != null) {
      throw new UsageException("--checkpoint is for runs; a published checkpoint is one already.");
    }
  }

  private static long step(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new UsageException(
          "--checkpoint is '%s'; give a step such as 100, or %s.".formatted(text, BEST));
    }
  }
}
