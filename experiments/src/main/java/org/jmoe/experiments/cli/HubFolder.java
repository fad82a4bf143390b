package org.jmoe.experiments.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.experiments.hub.HubModel;

/** The folder of a published checkpoint, as commands take it. */
final class HubFolder {
  private HubFolder() {}

  /** Opens the folder; one that does not exist is wrong usage. */
  static HubModel open(Path folder) {
    require(folder);
    return HubModel.open(folder);
  }

  static void require(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new UsageException(
          "There is no folder " + folder + "; name one with config.json and *.safetensors.");
    }
  }
}
