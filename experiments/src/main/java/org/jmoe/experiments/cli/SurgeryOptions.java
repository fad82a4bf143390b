package org.jmoe.experiments.cli;

import java.nio.file.Path;
import org.jmoe.experiments.hub.HubExport;
import org.jmoe.experiments.hub.HubModel;
import org.jmoe.experiments.hub.ModelFolder;
import org.jmoe.experiments.run.ModelChange;
import picocli.CommandLine.Parameters;

/** Which published checkpoint is changed, and where the result goes. */
final class SurgeryOptions {
  @Parameters(
      index = "0",
      paramLabel = "FOLDER",
      description = "A folder of config.json and *.safetensors.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  Path target = Path.of("");

  /** Opens the checkpoint. */
  HubModel open() {
    return ModelFolder.published(folder, RunTypes.json()).open(ModelChange.none());
  }

  /** Writes the result. */
  HubExport export() {
    return new HubExport(target, null);
  }
}
