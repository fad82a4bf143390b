package org.jmoe.app.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Experiment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the experiments. */
@Command(
    name = "list",
    description =
        "Lists the experiments: name, arms, seeds, an estimate of minutes on two quiet cores,"
            + " question.",
    mixinStandardHelpOptions = true)
final class ExperimentList implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (Experiment experiment : Catalog.of(ExtensionOptions.extensions(spec)).experiments()) {
      out.printf(
          "%-16s %2d arms x %2d seeds, about %2d min  %s%n",
          experiment.name(),
          experiment.arms(Budget.full()).size(),
          experiment.seeds(),
          experiment.minutes(),
          experiment.question());
      out.printf("%-51s%s%n", "", experiment.paper().citation());
    }
    return 0;
  }
}
