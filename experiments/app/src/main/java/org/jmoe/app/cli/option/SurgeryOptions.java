package org.jmoe.app.cli.option;

import java.nio.file.Path;
import org.jmoe.io.Outputs;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ModelChange;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Options for commands that transform a published checkpoint. */
public final class SurgeryOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "FOLDER",
      description = "A folder with config.json and *.safetensors.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  public Path target = Path.of("");

  /** Opens the checkpoint. */
  public HubModel open() {
    Outputs.requireNewFolder(target); // before long work
    return ModelFolder.published(folder, ExtensionOptions.json(command)).open(ModelChange.none());
  }

  /** Writes the result. */
  public HubExport export() {
    return new HubExport(target, null);
  }
}
