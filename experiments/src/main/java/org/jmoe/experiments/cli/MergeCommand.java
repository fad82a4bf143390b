package org.jmoe.experiments.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.experiments.hub.ExpertMerging;
import org.jmoe.experiments.hub.HubExport;
import org.jmoe.experiments.hub.HubModel;
import org.jmoe.experiments.surgery.DataPass;
import org.jmoe.experiments.surgery.ExpertUse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Merges experts of a checkpoint. */
@Command(
    name = "merge",
    description = {
      "Merges the experts of each layer into those that some data uses most: each of the others"
          + " joins the one whose logits are most like its own.",
      "",
      "Hidden units are matched before weights are averaged."
    },
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
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
      names = "--plain",
      description = "Experts of a group count alike, in place of by how often they are chosen.")
  boolean plain;

  @Option(names = "--unaligned", description = "Average weights without matching hidden units.")
  boolean unaligned;

  @Option(
      names = "--tied",
      description =
          "Leave routers as they are and make the experts of a group the same: finer, and no"
              + " smaller on disk.")
  boolean tied;

  @Option(
      names = "--sequences",
      paramLabel = "N",
      description = "Most sequences to count on, spread evenly over the data (default: all).")
  long sequences = Long.MAX_VALUE;

  @Override
  public Integer call() {
    if (sequences < 1) {
      throw new UsageException("--sequences must be at least 1, not " + sequences + ".");
    }
    if (keep < 1) {
      throw new UsageException("--keep must be at least 1, not " + keep + ".");
    }
    try (HubModel hub = HubFolder.open(folder)) {
      ExpertUse use = ExpertUse.of(DataPass.of(hub.model(), hub.manager(), data).atMost(sequences));
      ImmutableList<ImmutableLongArray> groups = use.groups(keep);
      ImmutableList<ImmutableDoubleArray> weights =
          use.layers().stream()
              .map(layer -> layer.saliency().served())
              .map(served -> plain ? alike(served.length()) : served)
              .collect(ImmutableList.toImmutableList());
      new ExpertMerging(hub, !unaligned, tied).write(groups, weights, new HubExport(target, null));
      groups.forEach(layer -> spec.commandLine().getOut().println("merged into " + layer));
    }
    spec.commandLine().getOut().println("written to " + target);
    return 0;
  }

  private static ImmutableDoubleArray alike(int experts) {
    return ImmutableDoubleArray.copyOf(new double[experts]);
  }
}
