package org.jmoe.experiments.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.experiments.hub.HubModel;
import org.jmoe.experiments.run.HeldOutMeasure;
import org.jmoe.experiments.run.LoadedRun;
import org.jmoe.experiments.run.RunJson;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a trained model. */
@Command(
    name = "evaluate",
    description =
        "Measures the model of a run on its held-out data or other data, or a published checkpoint"
            + " on data.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  private static final int LONGEST = 1024;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "DIR",
      description = "The folder of a run, or one of config.json and *.safetensors.")
  Path folder = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Measure on all of this file or folder of tokens.")
  @Nullable Path data;

  @Option(
      names = "--batches",
      paramLabel = "N",
      description =
          "Most batches, spread over the data (default: as many as summary.json was measured on; of"
              + " --data all).")
  @Nullable Long batches;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      description =
          "Tokens read together by a published checkpoint (default: its context, at most 1024).")
  @Nullable Integer sequence;

  @Option(
      names = "--held-out",
      description =
          "Measure a published checkpoint on the rows that --data marks as held out, or a twentieth"
              + " of them.")
  boolean heldOut;

  @Mixin ChangeOptions changed = new ChangeOptions();

  @Option(names = "--json", description = "Print numbers as JSON.")
  boolean json;

  @Override
  public Integer call() {
    if (sequence != null && sequence < 1) {
      throw new UsageException("--sequence must be at least 1, not " + sequence + ".");
    }
    if (batches != null && batches < 1) {
      throw new UsageException("--batches must be at least 1, not " + batches + ".");
    }
    RunJson runs = RunTypes.json();
    if (HubModel.isOne(folder)) {
      print(published(), runs);
      return 0;
    }
    if (sequence != null || heldOut) {
      throw new UsageException(
          "--sequence and --held-out are for published checkpoints; a run has its own.");
    }
    try (LoadedRun run = LoadedRun.open(folder, runs, changed.change())) {
      print(HeldOutMeasure.of(run, data, batches(run)), runs);
    }
    return 0;
  }

  private HeldOutMeasure published() {
    Path tokens = data;
    if (tokens == null) {
      throw new UsageException(
          "A published checkpoint has no data of its own; name some by --data.");
    }
    try (HubModel hub = HubModel.open(folder, changed.change())) {
      int length = Math.min(hub.model().spec().context(), LONGEST);
      return HeldOutMeasure.of(
          hub.model(),
          hub.manager(),
          tokens,
          heldOut,
          sequence == null ? length : sequence,
          batches == null ? Long.MAX_VALUE : batches);
    }
  }

  private void print(HeldOutMeasure measured, RunJson runs) {
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("nats", measured.nats());
      node.put("bitsPerByte", measured.bitsPerByte());
      node.put("perplexity", Math.exp(measured.nats()));
      node.put("tokens", measured.tokens());
      spec.commandLine().getOut().println(runs.text(node).strip());
    } else {
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%.4f nats/token%s, perplexity %.2f, over %,d tokens%n",
              measured.nats(),
              measured.bitsPerByte() == null
                  ? ""
                  : String.format(Locale.ROOT, " (%.3f bits/byte)", measured.bitsPerByte()),
              Math.exp(measured.nats()),
              measured.tokens());
    }
  }

  private long batches(LoadedRun run) {
    if (batches != null) {
      return batches;
    }
    return data == null ? run.config().training().finalBatches() : Long.MAX_VALUE;
  }
}
