package org.jmoe.app.cli.option;

import java.nio.file.Path;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ModelChange;
import picocli.CommandLine.Parameters;

/** Which published checkpoint is changed, and where the result goes. */
public final class SurgeryOptions {
  @Parameters(
      index = "0",
      paramLabel = "FOLDER",
      description = "A folder of config.json and *.safetensors.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  public Path target = Path.of("");

  /** Opens the checkpoint. */
  public HubModel open() {
    return ModelFolder.published(folder, RunTypes.json()).open(ModelChange.none());
  }

  /** Writes the result. */
  public HubExport export() {
    return new HubExport(target, null);
  }
}
