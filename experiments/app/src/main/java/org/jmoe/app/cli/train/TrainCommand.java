package org.jmoe.app.cli.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
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
      "Trains a language model and writes a run folder: run.json, provenance.json, summary.json,"
          + " metrics.jsonl, metrics.arrow, routing.arrow, plots and the trained model.",
      "",
      "Without arguments it trains the preset quickstart on the default corpus.",
      "",
      "An interrupted run resumes bit-exactly if you repeat the command with the same"
          + " --out, or use --resume."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe train",
      "  jmoe train --router deepseek-v3 --experts 16 --k 4 --capacity 1.25",
      "  jmoe train --preset smoke --set training.steps=200 --seed 2",
      "  jmoe train --set 'model.moe.router={\"type\":\"DenseSoftRouter\"}' --out runs/soft",
      "  jmoe train runs/soft/run.json --out runs/soft-again",
      "  jmoe train --resume runs/soft",
      "  jmoe train --devices gpu:0,gpu:1,gpu:2,gpu:3",
      "  jmoe train --init OLMoE-1B-7B --freeze router --data mine.arrow --set training.steps=200"
    },
    mixinStandardHelpOptions = true)
public final class TrainCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin RunOptions options = new RunOptions();

  @Mixin MoeOptions moe = new MoeOptions();

  @Mixin BudgetOptions budget = new BudgetOptions();

  @Mixin InitOptions init = new InitOptions();

  @Mixin LogOptions log = new LogOptions();

  @Option(
      names = {"--out", "-o"},
      paramLabel = "DIR",
      description = "Output folder (default: a new folder below runs).")
  @Nullable Path out;

  @Option(
      names = "--force",
      description =
          "Replace the run in --out; it is kept until the new run has completed its first"
              + " step.")
  boolean force;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Resume the unfinished run in DIR from its latest checkpoint.")
  @Nullable Path resume;

  @Option(
      names = "--accept-changes",
      description = "Resume even if code, libraries, threads or data have changed; not bit-exact.")
  boolean acceptChanges;

  @Option(
      names = "--devices",
      paramLabel = "LIST",
      description = {
        "Shard the experts across these devices, such as gpu:0,gpu:1; auto for all GPUs."
            + " The first device also holds everything else. cpu:0,cpu:1,.. shards within one"
            + " processor, to try it without GPUs."
      })
  @Nullable String devices;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Number of model replicas that share the micro-batches of a step, each on an"
              + " equal part of --devices (default: 1).")
  int replicas = 1;

  @Override
  public Integer call() {
    RunJson json = ExtensionOptions.json(spec, resume == null ? init.init : resume);
    RunConfig config =
        resume == null
            ? budget.apply(options.config(json, init, tree -> moe.apply(tree, json)))
            : resumed(resume, json);
    Path output = output();
    return new TrainingJob(config, json, output, layout(), log.loggers(json.extensions()))
        .until(budget.deadline())
        .run(force, acceptChanges, spec.commandLine());
  }

  private DeviceLayout layout() {
    if (devices != null) {
      return DeviceLayout.parse(devices, replicas);
    }
    if (replicas != 1) {
      throw new UsageException(
          "--replicas " + replicas + " needs --devices, a multiple of " + replicas + " of them.");
    }
    return DeviceLayout.standard();
  }

  private Path output() {
    if (resume != null) {
      return resume;
    }
    return out == null ? RunDirectory.free(Path.of("runs"), options.name()) : out;
  }

  private RunConfig resumed(Path folder, RunJson json) {
    if (out != null
        || force
        || !options.isEmpty()
        || !moe.isEmpty()
        || !init.isEmpty()
        || budget.setsSteps()) {
      throw new UsageException(
          "--resume takes its configuration and its place from "
              + folder
              + "; leave out run.json, --out, --force and every option that changes the"
              + " configuration.");
    }
    RunDirectory directory = RunDirectory.open(folder);
    if (Files.exists(directory.summary())) {
      throw new UsageException("The run " + folder + " is finished; there is nothing to resume.");
    }
    return directory.configuration(json);
  }
}
