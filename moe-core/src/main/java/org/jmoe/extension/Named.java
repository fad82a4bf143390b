package org.jmoe.extension;

/** Something that commands and configurations find by its name. */
public interface Named {
  /** Short, of lower-case letters, digits and dashes. */
  String name();
}
