package org.jmoe.app.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.StopSignal;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.engine.ExperimentRun;
import org.jmoe.catalog.report.ExperimentReport;
import org.jmoe.training.config.RunJson;
import org.jmoe.view.ReportPage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs experiments and writes their reports. */
@Command(
    name = "run",
    description = {
      "Runs experiments one after the other and writes a report for each.",
      "",
      "Repeat the command to resume. --quick uses an eighth of the steps and two"
          + " seeds: it checks that everything works and gives no verdict."
    },
    mixinStandardHelpOptions = true)
final class ExperimentRunCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "Names of the experiments; see jmoe experiment list.")
  List<String> names = List.of();

  @Option(names = "--all", description = "Run all experiments.")
  boolean all;

  @Option(names = "--quick", description = "Use a small budget.")
  boolean quick;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Number of seeds (default: set by the experiment).")
  @Nullable Integer seeds;

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

  @Override
  public Integer call() {
    if (all == !names.isEmpty()) {
      throw new UsageException("Name experiments, or use --all; jmoe experiment list shows them.");
    }
    if (workers < 1 || (seeds != null && seeds < 1)) {
      throw new UsageException("--workers and --seeds must be at least 1.");
    }
    Catalog catalog = Catalog.of(ExtensionOptions.extensions(spec));
    List<Experiment> chosen =
        all ? catalog.experiments() : names.stream().map(catalog::named).toList();
    for (Experiment experiment : chosen) {
      if (!run(experiment, chosen.size() > 1)) {
        return ExperimentTrial.TERMINATED;
      }
    }
    return 0;
  }

  private boolean run(Experiment experiment, boolean several) {
    Budget budget = new Budget(quick);
    String name = experiment.name() + (quick ? "-quick" : "");
    Path path =
        out == null ? Path.of("runs", name) : several ? out.resolve(experiment.name()) : out;
    int count = seeds == null ? budget.seeds(experiment.seeds()) : seeds;
    ExperimentRun run = new ExperimentRun(experiment, budget, count, new ExperimentFolder(path));
    PrintWriter text = spec.commandLine().getOut();
    try (StopSignal signal = new StopSignal();
        ExperimentProgress progress =
            new ExperimentProgress(experiment.name(), run.open().size(), signal::requested)) {
      run.execute(new ProcessHost(ExtensionOptions.childOptions(spec)), workers, progress);
    } catch (CancellationException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return false;
    }
    ExperimentReport report = ExperimentReport.of(experiment, run.folder());
    report.write(path);
    RunJson json = ExtensionOptions.json(spec);
    ReportPage.write(path, path, json, spec.commandLine().getErr()::println);
    text.printf("%s: %s%n", experiment.name(), report.verdict().words());
    report
        .checks()
        .forEach(
            c ->
                text.printf(
                    "  %s %s: %s (%s)%n",
                    c.holds() ? "yes" : "no ", c.claim(), c.measured(), c.band()));
    text.printf("report: %s%n", path.resolve("report.md"));
    text.flush();
    return true;
  }
}
