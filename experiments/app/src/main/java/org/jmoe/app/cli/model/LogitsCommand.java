package org.jmoe.app.cli.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.HubPass;
import org.jmoe.models.hub.IdsFile;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ModelChange;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the logits of a published checkpoint. */
@Command(
    name = "logits",
    description = {
      "Computes the logits of a published checkpoint and prints them as JSON with all digits.",
      "",
      "For checking a port. The file holds {\"ids\": [[..], ..]} and may hold a \"mask\" of the"
          + " same shape, 1 for tokens and 0 for padding. Printed are logits (B, S, V) and"
          + " router_outputs: for each router its module and tensors, which are logits (T, E),"
          + " weights (T, K) and indices (T, K) in upstream's order."
    },
    mixinStandardHelpOptions = true)
public final class LogitsCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FOLDER", description = "A folder with config.json and *.safetensors.")
  Path folder = Path.of("");

  @Option(
      names = "--ids",
      required = true,
      paramLabel = "FILE.json",
      description = "Token ids, and a mask if there is padding.")
  Path ids = Path.of("");

  @Override
  public Integer call() {
    if (!Files.isRegularFile(ids)) {
      throw new UsageException("There is no file " + ids + "; give a JSON file of token ids.");
    }
    try (HubModel hub =
        ModelFolder.published(folder, ExtensionOptions.json(spec)).open(ModelChange.none())) {
      IdsFile input = IdsFile.read(ids, hub.model().spec().vocabulary());
      PrintWriter out = spec.commandLine().getOut();
      try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        new HubPass(hub).write(input, json);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the logits", e);
      }
      out.println();
      out.flush();
    }
    return 0;
  }
}
