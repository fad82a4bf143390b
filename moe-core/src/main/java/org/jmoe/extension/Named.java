package org.jmoe.extension;

/** A value that commands and configurations select by name. */
public interface Named {
  /** Returns a short name of lower-case letters, digits and dashes. */
  String name();
}
