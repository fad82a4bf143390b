package org.jmoe.app.cli.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.report.Plots;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Redraws the plots of a finished run. */
@Command(
    name = "plots",
    description = "Redraws the plots of a finished run from its files.",
    mixinStandardHelpOptions = true)
public final class PlotsCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DIR", description = "A finished run.")
  Path folder = Path.of("");

  @Override
  public Integer call() {
    RunDirectory run = RunDirectory.open(folder);
    if (!Files.exists(run.summary())) {
      throw new UsageException(
          "The run " + folder + " is not finished; jmoe train --resume " + folder + " resumes it.");
    }
    RunJson json = ExtensionOptions.json(spec, folder);
    RunConfig config = json.read(json.parse(run.config()));
    Plots.of(run, config, Summary.read(run));
    spec.commandLine().getOut().println("plots: " + run.plots());
    return 0;
  }
}
