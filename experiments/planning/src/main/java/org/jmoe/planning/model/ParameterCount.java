package org.jmoe.planning.model;

/**
 * Parameter counts of a model.
 *
 * @param total all parameters
 * @param active parameters active per token, embedding tables included
 * @param lookup active parameters that are looked up by token id or position and take part in no
 *     matmul; 0 for a table tied to the output projection
 * @param routed parameters of routed experts, split by expert parallelism
 */
public record ParameterCount(long total, long active, long lookup, long routed) {
  /** Returns the parameters outside routed experts. */
  public long dense() {
    return total - routed;
  }
}
