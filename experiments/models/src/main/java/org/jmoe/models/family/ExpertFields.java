package org.jmoe.models.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;

/**
 * The fields of {@code config.json} that contain the sizes of the experts. Each is a list of names
 * of the same field, of which the first is written if a configuration has none of them.
 *
 * @param experts number of experts
 * @param perToken experts per token
 * @param width hidden width of an expert
 * @param shared number of shared experts of that width; empty if the family has no such field
 */
public record ExpertFields(
    ImmutableList<String> experts,
    ImmutableList<String> perToken,
    ImmutableList<String> width,
    ImmutableList<String> shared) {
  /** Returns fields without shared experts; experts per token are {@code num_experts_per_tok}. */
  public static ExpertFields of(ImmutableList<String> experts, String width) {
    return new ExpertFields(
        experts,
        ImmutableList.of("num_experts_per_tok"),
        ImmutableList.of(width),
        ImmutableList.of());
  }

  /** Returns a copy with another name of the experts per token. */
  public ExpertFields alsoPerToken(String name) {
    ImmutableList<String> names =
        ImmutableList.<String>builder().addAll(perToken).add(name).build();
    return new ExpertFields(experts, names, width, shared);
  }

  /** Returns a copy with the number of shared experts. */
  public ExpertFields withShared(String name) {
    return new ExpertFields(experts, perToken, width, ImmutableList.of(name));
  }

  /**
   * Writes the sizes.
   *
   * @param count number of experts E
   * @param k experts per token
   * @param hidden hidden width of an expert
   * @param sharedWidth width of all shared experts together; 0 for none
   * @throws IllegalArgumentException if the shared experts do not have the width of the others
   */
  public void write(ObjectNode config, long count, long k, long hidden, long sharedWidth) {
    put(config, experts, count);
    put(config, perToken, k);
    put(config, width, hidden);
    if (!shared.isEmpty()) {
      if (sharedWidth % hidden != 0) {
        throw new IllegalArgumentException(
            "has a shared expert of width %d, which is no multiple of the expert width %d"
                .formatted(sharedWidth, hidden));
      }
      put(config, shared, sharedWidth / hidden);
    }
  }

  private static void put(ObjectNode config, ImmutableList<String> names, long value) {
    if (names.stream().noneMatch(config::has)) {
      config.put(names.get(0), value);
    }
    names.stream().filter(config::has).forEach(name -> config.put(name, value));
  }
}
