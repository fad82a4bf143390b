package org.jmoe.planning.model;

/**
 * How many parameters a model has.
 *
 * @param total all of them
 * @param active those that compute for one token, tables of embeddings included
 * @param lookup those of them that are looked up by a token's id or place and multiply nothing; 0
 *     for a table that is the output product too
 * @param routed those in routed experts, which expert parallelism divides
 */
public record ParameterCount(long total, long active, long lookup, long routed) {
  /** Parameters outside routed experts. */
  public long dense() {
    return total - routed;
  }
}
