package org.jmoe.app.cli.model;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.SurgeryOptions;
import org.jmoe.app.cli.option.UseOptions;
import org.jmoe.app.cli.option.Words;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.surgery.ExpertSurgery;
import org.jmoe.models.surgery.ExpertUse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Removes experts of a checkpoint. */
@Command(
    name = "prune",
    description =
        "Prunes each layer to its most used or most important experts, together with"
            + " their router columns and biases.",
    mixinStandardHelpOptions = true)
public final class PruneCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin SurgeryOptions surgery = new SurgeryOptions();

  @Mixin UseOptions counted = new UseOptions();

  @Option(
      names = "--by",
      paramLabel = "HOW",
      description =
          "frequency (default), or reap: the mean over an expert's tokens of its weight"
              + " times its output norm.")
  String by = "frequency";

  @Override
  public Integer call() {
    ExpertUse.Criterion criterion = Words.of(ExpertUse.Criterion.class, by, "--by");
    counted.check();
    try (HubModel hub = surgery.open()) {
      ExpertUse use = counted.of(hub, ExtensionOptions.formats(spec));
      ImmutableList<ImmutableLongArray> kept = use.best(criterion, counted.keep);
      new ExpertSurgery(hub).prune(kept, surgery.export());
      kept.forEach(layer -> spec.commandLine().getOut().println("kept " + layer));
    }
    spec.commandLine().getOut().println("written to " + surgery.target);
    return 0;
  }
}
