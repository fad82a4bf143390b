package org.jmoe.app.cli.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.catalog.report.Comparison;
import org.jmoe.catalog.report.ComparisonChart;
import org.jmoe.catalog.report.ComparisonText;
import org.jmoe.training.config.RunJson;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(
      names = "--plot",
      paramLabel = "FILE.png|FILE.svg",
      description = "Draw the held-out loss of all runs over tokens.")
  @Nullable Path plot;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    RunJson runs = ExtensionOptions.json(spec);
    ComparisonText text = new ComparisonText(Comparison.of(folders, runs));
    out.print(json ? text.json().toPrettyString() + System.lineSeparator() : text.text());
    out.flush();
    if (plot != null) {
      ComparisonChart.save(plot, folders, runs);
    }
    return 0;
  }
}
