package org.jmoe.planning.model;

/**
 * A published model.
 *
 * @param name name on the command line
 * @param sizes sizes from its configuration
 * @param sequence training sequence length for planning
 * @param published parameter counts as published by its authors
 */
public record NamedArchitecture(
    String name, ArchitectureSizes sizes, int sequence, Published published) {
  /** Creates a published model named after its sizes. */
  NamedArchitecture(ArchitectureSizes sizes, int sequence, Published published) {
    this(sizes.name(), sizes, sequence, published);
  }
}
