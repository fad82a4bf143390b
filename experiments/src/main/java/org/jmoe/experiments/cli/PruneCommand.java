package org.jmoe.experiments.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.experiments.hub.ExpertSurgery;
import org.jmoe.experiments.hub.HubExport;
import org.jmoe.experiments.hub.HubModel;
import org.jmoe.experiments.surgery.DataPass;
import org.jmoe.experiments.surgery.ExpertUse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Removes experts of a checkpoint. */
@Command(
    name = "prune",
    description =
        "Keeps the experts of each layer that some data uses most, or needs most; router columns"
            + " and biases follow.",
    mixinStandardHelpOptions = true)
final class PruneCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "FOLDER",
      description = "A folder of config.json and *.safetensors.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  Path target = Path.of("");

  @Option(
      names = "--keep",
      required = true,
      paramLabel = "N",
      description = "Experts that stay in each layer.")
  int keep;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "PATH",
      description = "File or folder of tokens to count on.")
  Path data = Path.of("");

  @Option(
      names = "--by",
      paramLabel = "HOW",
      description =
          "frequency (default), or reap: the mean over an expert's tokens of its weight times the"
              + " length of its output.")
  String by = "frequency";

  @Option(
      names = "--sequences",
      paramLabel = "N",
      description = "Most sequences to count on, spread evenly over the data (default: all).")
  long sequences = Long.MAX_VALUE;

  @Override
  public Integer call() {
    ExpertUse.Criterion criterion = Words.of(ExpertUse.Criterion.class, by, "--by");
    if (sequences < 1) {
      throw new UsageException("--sequences must be at least 1, not " + sequences + ".");
    }
    if (keep < 1) {
      throw new UsageException("--keep must be at least 1, not " + keep + ".");
    }
    try (HubModel hub = HubFolder.open(folder)) {
      ExpertUse use = ExpertUse.of(DataPass.of(hub.model(), hub.manager(), data).atMost(sequences));
      ImmutableList<ImmutableLongArray> kept = use.best(criterion, keep);
      new ExpertSurgery(hub).prune(kept, new HubExport(target, null));
      kept.forEach(layer -> spec.commandLine().getOut().println("kept " + layer));
    }
    spec.commandLine().getOut().println("written to " + target);
    return 0;
  }
}
