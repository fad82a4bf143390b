package org.jmoe.app.cli.model;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.SurgeryOptions;
import org.jmoe.app.cli.option.UseOptions;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.surgery.ExpertMerging;
import org.jmoe.models.surgery.ExpertUse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Merges experts of a checkpoint. */
@Command(
    name = "merge",
    description = {
      "Merges the experts of each layer into the most used ones: every other expert"
          + " joins the one with the most similar router logits.",
      "",
      "Hidden units are matched before weights are averaged."
    },
    mixinStandardHelpOptions = true)
public final class MergeCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin SurgeryOptions surgery = new SurgeryOptions();

  @Mixin UseOptions counted = new UseOptions();

  @Option(
      names = "--plain",
      description = "Average the experts of a group with equal weights instead of by usage.")
  boolean plain;

  @Option(names = "--unaligned", description = "Average weights without matching hidden units.")
  boolean unaligned;

  @Option(
      names = "--tied",
      description =
          "Keep the routers and make the experts of a group identical: more accurate, but"
              + " no smaller on disk.")
  boolean tied;

  @Override
  public Integer call() {
    counted.check();
    try (HubModel hub = surgery.open()) {
      ExpertUse use = counted.of(hub, ExtensionOptions.formats(spec));
      ImmutableList<ImmutableLongArray> groups = use.groups(counted.keep);
      ImmutableList<ImmutableDoubleArray> weights =
          use.layers().stream()
              .map(layer -> layer.saliency().served())
              .map(served -> plain ? alike(served.length()) : served)
              .collect(ImmutableList.toImmutableList());
      new ExpertMerging(hub, !unaligned, tied).write(groups, weights, surgery.export());
      groups.forEach(layer -> spec.commandLine().getOut().println("merged into " + layer));
    }
    spec.commandLine().getOut().println("written to " + surgery.target);
    return 0;
  }

  private static ImmutableDoubleArray alike(int experts) {
    return ImmutableDoubleArray.copyOf(new double[experts]);
  }
}
