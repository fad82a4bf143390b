package org.jmoe.app.cli.train;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.CheckpointAverage;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.SavedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Averages checkpoints of a run. */
@Command(
    name = "average",
    description = {
      "Averages the weights of checkpoints of a run.",
      "",
      "The result is a folder that evaluate, generate, routing and export read as a run. Train"
          + " with --set training.checkpoint.keep=N to keep N checkpoints."
    },
    footer = {"", "Example:", "  jmoe average runs/quickstart runs/averaged --last 2"},
    mixinStandardHelpOptions = true)
public final class AverageCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "RUN", description = "A run folder.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  Path target = Path.of("");

  @Option(
      names = "--last",
      paramLabel = "N",
      description = "Average the last N checkpoints (default: all).")
  @Nullable Integer last;

  @Option(
      names = "--checkpoint",
      paramLabel = "N",
      split = ",",
      description = "Average the checkpoints of these steps.")
  List<Long> checkpoints = List.of();

  @Override
  public Integer call() {
    if (last != null && (last < 1 || !checkpoints.isEmpty())) {
      throw new UsageException(
          last < 1
              ? "--last must be at least 1, not " + last + "."
              : "--last and --checkpoint exclude each other; give one of them.");
    }
    RunJson json = ExtensionOptions.json(spec, folder);
    try (LoadedRun run = LoadedRun.open(folder, json)) {
      List<Long> steps = checkpoints;
      if (steps.isEmpty()) {
        steps = last == null ? run.steps() : CheckpointAverage.last(run, last);
      }
      CheckpointAverage.load(run, steps);
      RunConfig config = run.config();
      TrainingSpec training = config.training().toBuilder().ema(0).build(); // none is written
      SavedModel.write(target, config.withTraining(training), json, run.model());
      spec.commandLine().getOut().println("averaged steps " + steps + ", written to " + target);
    }
    return 0;
  }
}
