package org.jmoe.app.cli.model;

import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.SurgeryOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.surgery.ExpertSurgery;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Splits the experts of a checkpoint. */
@Command(
    name = "split",
    description =
        "Splits each expert of a published checkpoint into fine-grained ones; the model computes"
            + " the same.",
    mixinStandardHelpOptions = true)
public final class SplitCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin SurgeryOptions surgery = new SurgeryOptions();

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
    try (HubModel hub = surgery.open()) {
      new ExpertSurgery(hub).split(parts, surgery.export());
    }
    spec.commandLine().getOut().println("written to " + surgery.target);
    return 0;
  }
}
