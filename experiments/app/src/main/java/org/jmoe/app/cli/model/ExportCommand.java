package org.jmoe.app.cli.model;

import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a model for Transformers. */
@Command(
    name = "export",
    description = {
      "Writes a published checkpoint, or the model of a run, as a folder that Transformers reads.",
      "",
      "A run's model is written as the first model family that describes it exactly, such as"
          + " mixtral or deepseek_v3;",
      "otherwise the message gives the setting that the nearest family lacks;",
      "a run fine-tuned from a published checkpoint keeps its architecture."
    },
    mixinStandardHelpOptions = true)
public final class ExportCommand implements Callable<Integer> {
  /** Types that weights are stored in. */
  enum Type {
    FLOAT32,
    BFLOAT16,
    FLOAT16
  }

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "A run folder, or a folder with config.json and *.safetensors.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  Path target = Path.of("");

  @Option(names = "--type", description = "FLOAT32, BFLOAT16 or FLOAT16 (default: as stored).")
  @Nullable Type type;

  @Option(
      names = "--family",
      paramLabel = "TYPE",
      description = "model_type to write a run as (default: the first that describes its model).")
  String family = "";

  @Override
  public Integer call() {
    HubExport export = new HubExport(target, type == null ? null : DataType.valueOf(type.name()));
    RunJson json = ExtensionOptions.json(spec, folder);
    try (OpenedModel opened = ModelFolder.of(folder, json).open(ModelChange.none())) {
      export.write(opened, json, family);
    }
    spec.commandLine().getOut().println("written to " + target);
    return 0;
  }
}
