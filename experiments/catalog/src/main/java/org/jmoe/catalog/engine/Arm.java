package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;

/**
 * One of the things that an experiment compares.
 *
 * @param name short, of lower-case letters, digits, dots and dashes: it names a folder too
 * @param description what it is
 * @param trial how it is trained and measured
 */
public record Arm(String name, String description, Trial trial) {
  /** Checks the name. */
  public Arm {
    Preconditions.checkArgument(
        name.matches("[a-z0-9][a-z0-9.-]*"),
        "the arm '%s' must be named by lower-case letters, digits, dots and dashes",
        name);
  }
}
