package org.jmoe.app.cli.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.models.hub.HubSummary;
import org.jmoe.models.hub.ModelFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a published checkpoint is. */
@Command(
    name = "inspect",
    description =
        "Describes a published checkpoint and checks that it can be loaded, reading only"
            + " its configuration and file headers.",
    mixinStandardHelpOptions = true)
public final class InspectCommand implements Callable<Integer> {
  private static final double MIB = 1 << 20;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FOLDER", description = "A folder with config.json and *.safetensors.")
  Path folder = Path.of("");

  @Option(names = "--json", description = "Print as JSON.")
  boolean json;

  @Override
  public Integer call() {
    ModelFolder.Published published = ModelFolder.published(folder, ExtensionOptions.json(spec));
    ObjectNode summary = HubSummary.of(published.path(), published.families());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(summary.toPrettyString());
    } else {
      print(out, summary);
    }
    out.flush();
    return 0;
  }

  private static void print(PrintWriter out, JsonNode summary) {
    line(out, "architecture", summary.get("architecture").asText());
    JsonNode parameters = summary.get("parameters");
    line(
        out,
        "parameters",
        "%,d, of which %,d active per token"
            .formatted(parameters.get("total").asLong(), parameters.get("active").asLong()));
    line(
        out,
        "layers",
        "%d, %d with experts; width %d, vocabulary %d, context %d"
            .formatted(
                summary.get("layers").asInt(),
                summary.get("moeLayers").asInt(),
                summary.get("width").asInt(),
                summary.get("vocabulary").asInt(),
                summary.get("context").asInt()));
    JsonNode experts = summary.path("experts");
    if (!experts.isMissingNode()) {
      line(
          out,
          "experts",
          "%d of %,d parameters, %d per token; %,d parameters shared; %s"
              .formatted(
                  experts.get("count").asInt(),
                  experts.get("parametersEach").asLong(),
                  experts.get("perToken").asInt(),
                  experts.get("sharedParameters").asLong(),
                  experts.get("router").asText()));
    }
    line(out, "capacity", summary.get("capacity").asText());
    line(out, "normalisation", summary.get("normalisation").asText());
    JsonNode memory = summary.get("memory");
    StringBuilder stored = new StringBuilder();
    for (Map.Entry<String, JsonNode> type : memory.get("storedBytes").properties()) {
      stored.append(", ").append(mib(type.getValue())).append(" stored as ").append(type.getKey());
    }
    line(out, "memory", mib(memory.get("loadedBytes")) + " loaded as FLOAT32" + stored);
    line(
        out,
        "tokenizer",
        summary.get("tokenizer").asBoolean() ? "tokenizer.json" : "none; ids work");
  }

  private static String mib(JsonNode bytes) {
    return String.format(Locale.ROOT, "%,.2f MiB", bytes.asLong() / MIB);
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-14s %s%n", name, value);
  }
}
