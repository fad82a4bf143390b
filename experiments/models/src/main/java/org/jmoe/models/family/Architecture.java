package org.jmoe.models.family;

/** A published architecture: how its configuration is read and where its tensors go. */
interface Architecture {
  /** The {@code model_type} of its configurations. */
  String type();

  /** The class that {@code architectures} names. */
  String className();

  /**
   * Reads a configuration.
   *
   * @throws org.jmoe.io.DataFormatException naming a field that is missing, impossible or not
   *     implemented
   */
  HubPlan plan(HubConfig config);
}
