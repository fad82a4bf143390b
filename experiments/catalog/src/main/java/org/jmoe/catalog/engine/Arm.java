package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;

/**
 * One of the configurations that an experiment compares.
 *
 * @param name short name of lower-case letters, digits, dots and dashes; also a folder name
 * @param description one-line description
 * @param trial trains and measures the arm
 */
public record Arm(String name, String description, Trial trial) {
  /** Checks the name. */
  public Arm {
    Preconditions.checkArgument(
        name.matches("[a-z0-9][a-z0-9.-]*"),
        "an arm name must consist of lower-case letters, digits, dots and dashes, got '%s'",
        name);
  }
}
