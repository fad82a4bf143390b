package org.jmoe.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.experiments.run.Run;
import org.jmoe.experiments.run.RunConfig;
import org.jmoe.experiments.run.RunDirectory;
import org.jmoe.experiments.run.RunJson;
import org.jmoe.experiments.run.SpecTypes;
import org.jmoe.experiments.run.Summary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model. */
@Command(
    name = "train",
    description = {
      "Trains a language model and writes a folder that can rebuild itself: run.json, provenance.json, summary.json,"
          + " metrics.arrow, routing.arrow, plots and the trained model.",
      "",
      "Without arguments it trains the preset quickstart on the default corpus."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe train",
      "  jmoe train --preset smoke --set model.moe.experts=16 --seed 2",
      "  jmoe train --set 'model.moe.router={\"type\":\"DenseSoftRouter\"}' --out runs/soft",
      "  jmoe train runs/soft/run.json --out runs/soft-again"
    },
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin RunOptions options = new RunOptions();

  @Option(
      names = {"--out", "-o"},
      paramLabel = "DIR",
      description = "Where the results go (default: a new folder below runs).")
  @Nullable Path out;

  @Option(names = "--force", description = "Replace the run that is in --out.")
  boolean force;

  @Override
  public Integer call() {
    RunJson json = new RunJson(SpecTypes.standard());
    RunConfig config = options.config(json);
    Path output = out == null ? RunDirectory.free(Path.of("runs"), options.name()) : out;
    Summary summary;
    try (ConsoleProgress building =
            ConsoleProgress.of("corpus", config.data().source().bytes(), false);
        TrainingProgress progress = new TrainingProgress(config.training().steps())) {
      summary = new Run(config, json).execute(output, force, building, progress);
    }
    PrintWriter text = spec.commandLine().getOut();
    SummaryText.print(summary, text);
    text.printf(Locale.ROOT, "%nresults: %s%n", output);
    return 0;
  }
}
