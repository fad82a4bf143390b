package org.jmoe.app.cli;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Experiment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin ExperimentJob job = new ExperimentJob();

  @Override
  public Integer call() {
    if (all == !names.isEmpty()) {
      throw new UsageException("Name experiments, or use --all; jmoe experiment list shows them.");
    }
    job.check();
    Catalog catalog = Catalog.of(ExtensionOptions.extensions(spec));
    List<Experiment> chosen =
        all ? catalog.experiments() : names.stream().map(catalog::named).toList();
    for (Experiment experiment : chosen) {
      Path folder = job.folder(experiment.name(), chosen.size() > 1);
      if (!job.run(experiment, folder, ImmutableList.of(), spec)) {
        return ExperimentTrial.TERMINATED;
      }
    }
    return 0;
  }
}
