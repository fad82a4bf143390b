package org.jmoe.experiments.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.experiments.hub.ExpertSurgery;
import org.jmoe.experiments.hub.HubExport;
import org.jmoe.experiments.hub.HubModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Splits the experts of a checkpoint. */
@Command(
    name = "split",
    description =
        "Splits each expert of a published checkpoint into fine-grained ones; the model computes"
            + " the same.",
    mixinStandardHelpOptions = true)
final class SplitCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "FOLDER",
      description = "A folder of config.json and *.safetensors.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  Path target = Path.of("");

  @Option(
      names = "--parts",
      required = true,
      paramLabel = "N",
      description = "Parts of each expert, dividing its width.")
  int parts;

  @Override
  public Integer call() {
    if (parts < 2) {
      throw new UsageException("--parts must be at least 2, not " + parts + ".");
    }
    try (HubModel hub = HubFolder.open(folder)) {
      new ExpertSurgery(hub).split(parts, new HubExport(target, null));
    }
    spec.commandLine().getOut().println("written to " + target);
    return 0;
  }
}
