package org.jmoe.models.hub;

import java.nio.file.Path;
import org.jmoe.models.family.Architectures;
import org.jmoe.models.family.HubConfig;
import org.jmoe.transformer.ModelSpec;

/** The model that a folder's {@code config.json} describes; its weights need not be there. */
public final class HubSpec {
  private HubSpec() {}

  /**
   * Reads a configuration.
   *
   * @throws org.jmoe.io.DataFormatException naming a field that is missing, impossible or not
   *     implemented
   */
  public static ModelSpec of(Path folder) {
    return Architectures.plan(HubConfig.open(folder)).spec();
  }
}
