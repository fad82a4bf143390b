package org.jmoe.planning.model;

/**
 * A published model.
 *
 * @param name as the command line knows it
 * @param sizes from its configuration
 * @param sequence tokens of a training sequence to plan with
 * @param published what its authors counted
 */
public record NamedArchitecture(
    String name, ArchitectureSizes sizes, int sequence, Published published) {
  /** A published model whose sizes bear the same name. */
  NamedArchitecture(ArchitectureSizes sizes, int sequence, Published published) {
    this(sizes.name(), sizes, sequence, published);
  }
}
