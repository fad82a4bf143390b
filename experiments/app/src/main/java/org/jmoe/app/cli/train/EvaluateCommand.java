package org.jmoe.app.cli.train;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.EvaluationOptions;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.run.HeldOutMetrics;
import org.jmoe.training.run.OpenedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Evaluates a trained model. */
@Command(
    name = "evaluate",
    description =
        "Evaluates a run on its held-out data or other data, or a published checkpoint"
            + " on data.",
    mixinStandardHelpOptions = true)
public final class EvaluateCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Mixin EvaluationOptions tokens = new EvaluationOptions();

  @Option(names = "--json", description = "Print numbers as JSON.")
  boolean json;

  @Override
  public Integer call() {
    tokens.check();
    try (OpenedModel opened = model.open()) {
      print(
          HeldOutMetrics.of(opened, tokens.of(opened, ExtensionOptions.formats(spec))),
          ExtensionOptions.json(spec, model.folder));
    }
    return 0;
  }

  private void print(HeldOutMetrics measured, RunJson runs) {
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("nats", measured.nats());
      node.put("bitsPerByte", measured.bitsPerByte());
      node.put("perplexity", Math.exp(measured.nats()));
      node.put("tokens", measured.tokens());
      ArrayNode layers = node.putArray("layers");
      measured.layers().forEach(layer -> layers.add(load(layer)));
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
      SummaryText.loads(measured.layers(), spec.commandLine().getOut());
    }
  }

  private static ObjectNode load(LayerSummary layer) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("layer", layer.layer());
    node.put("cv", layer.cv());
    node.put("maxOverMean", layer.maxOverMean());
    node.put("droppedShare", layer.droppedShare());
    layer.load().forEach(node.putArray("load")::add);
    return node;
  }
}
