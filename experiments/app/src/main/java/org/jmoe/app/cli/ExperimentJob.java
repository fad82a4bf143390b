package org.jmoe.app.cli;

import com.google.common.collect.ImmutableList;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.StopSignal;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.engine.ExperimentRun;
import org.jmoe.catalog.engine.TrialHost;
import org.jmoe.catalog.report.ExperimentReport;
import org.jmoe.view.ReportPage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Runs an experiment or a sweep and writes its report; the options of both. */
final class ExperimentJob {
  @Option(names = "--quick", description = "Use a small budget.")
  boolean quick;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Number of seeds (default: set by the experiment).")
  @Nullable Integer seeds;

  @Option(
      names = "--claim",
      description =
          "Run only trials that no other process works on, and return when none is left. Start any"
              + " number of such processes on machines that share the folder; the last one writes"
              + " the report.")
  boolean claim;

  @Option(
      names = {"--out", "-o"},
      paramLabel = "DIR",
      description =
          "Output folder; with several experiments, one subfolder each (default:"
              + " runs/NAME, or runs/NAME-quick).")
  @Nullable Path out;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Number of trials to run in parallel, one thread each (default: the number of"
              + " processors). Does not affect results.")
  int workers = Runtime.getRuntime().availableProcessors();

  /** Checks the numbers. */
  void check() {
    if (workers < 1 || (seeds != null && seeds < 1)) {
      throw new UsageException("--workers and --seeds must be at least 1.");
    }
  }

  /** The output folder; a subfolder of --out for one of several experiments. */
  Path folder(String name, boolean several) {
    if (out == null) {
      return Path.of("runs", name + (quick ? "-quick" : ""));
    }
    return several ? out.resolve(name) : out;
  }

  /** The run in its folder. */
  ExperimentRun of(Experiment experiment, Path folder) {
    Budget budget = new Budget(quick);
    int count = seeds == null ? budget.seeds(experiment.seeds()) : seeds;
    return new ExperimentRun(experiment, budget, count, new ExperimentFolder(folder));
  }

  /**
   * Runs the trials that have not finished.
   *
   * @param trialOptions options of the process of each trial
   * @return whether it was not stopped
   */
  boolean run(
      Experiment experiment, Path folder, ImmutableList<String> trialOptions, CommandSpec spec) {
    ExperimentRun run = of(experiment, folder);
    ImmutableList<String> options =
        ImmutableList.<String>builder()
            .addAll(trialOptions)
            .addAll(ExtensionOptions.childOptions(spec))
            .build();
    try (StopSignal signal = new StopSignal();
        ExperimentProgress progress =
            new ExperimentProgress(experiment.name(), run.open().size(), signal::requested)) {
      List<TrialHost.Job> held = trials(run, new ProcessHost(options), progress);
      if (!held.isEmpty()) {
        spec.commandLine()
            .getOut()
            .printf(
                "%s: %d trial%s running in other processes; the last to finish writes the report%n",
                experiment.name(), held.size(), held.size() == 1 ? " is" : "s are");
        return true;
      }
    } catch (CancellationException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return false;
    }
    report(experiment, folder, spec);
    return true;
  }

  private List<TrialHost.Job> trials(
      ExperimentRun run, ProcessHost host, ExperimentProgress progress) {
    if (claim) {
      return run.claim(host, workers, progress);
    }
    run.execute(host, workers, progress);
    return List.of();
  }

  private static void report(Experiment experiment, Path folder, CommandSpec spec) {
    ExperimentReport report = ExperimentReport.of(experiment, new ExperimentFolder(folder));
    report.write(folder);
    ReportPage.write(
        folder, folder, ExtensionOptions.json(spec), spec.commandLine().getErr()::println);
    PrintWriter text = spec.commandLine().getOut();
    text.printf("%s: %s%n", experiment.name(), report.verdict().words());
    report
        .checks()
        .forEach(
            c ->
                text.printf(
                    "  %s %s: %s (%s)%n",
                    c.holds() ? "yes" : "no ", c.claim(), c.measured(), c.band()));
    text.printf("report: %s%n", folder.resolve("report.md"));
    text.flush();
  }
}
