package org.jmoe.app.cli.train;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.catalog.report.Comparison;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares finished runs. */
@Command(
    name = "compare",
    description = {
      "Compares finished runs: differences of their configurations, the final numbers,"
          + " and paired differences of configurations that were run with the same seeds.",
      "",
      "Example: jmoe compare runs/topk-1 runs/topk-2 runs/switch-1 runs/switch-2"
    },
    mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "2..*", paramLabel = "DIR", description = "Finished runs.")
  List<Path> folders = List.of();

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(Comparison.of(folders).text());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
