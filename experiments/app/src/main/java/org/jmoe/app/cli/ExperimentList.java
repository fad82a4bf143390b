package org.jmoe.app.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.NamedLines;
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
        "Lists the experiments: question, source, arms, seeds and an estimate of minutes on two"
            + " quiet cores.",
    mixinStandardHelpOptions = true)
final class ExperimentList implements Callable<Integer> {
  private static final int INDENT = 17;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (Experiment experiment : Catalog.of(ExtensionOptions.extensions(spec)).experiments()) {
      NamedLines.print(out, experiment.name(), INDENT, experiment.question());
      NamedLines.print(out, "", INDENT, experiment.paper().citation());
      NamedLines.print(
          out,
          "",
          INDENT,
          "%d arms x %d seeds, about %d min"
              .formatted(
                  experiment.arms(Budget.full()).size(), experiment.seeds(), experiment.minutes()));
    }
    return 0;
  }
}
