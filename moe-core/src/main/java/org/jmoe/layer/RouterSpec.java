package org.jmoe.layer;

import org.jmoe.tensor.Seed;

/** A router's settings, as a value: the record nested in the router that it builds. */
public interface RouterSpec {
  /**
   * Builds the router.
   *
   * @param dim width D of the tokens
   * @param experts E
   * @param seed names the router and its initial weights
   */
  Router build(int dim, int experts, Seed seed);

  /** Most experts that compute for one token, out of E; what active parameters are counted by. */
  int activeExperts(int experts);

  /** Number of parameters for tokens of width D and E experts. */
  default long parameters(int dim, int experts) {
    return Math.multiplyExact((long) dim, experts);
  }

  /**
   * Whether no token's routing depends on later tokens of its sequence, in training and in
   * evaluation. Expert choice, Soft MoE and most capacity orders do; a causal language model
   * refuses such a router unless its user says so.
   */
  default boolean causal() {
    return true;
  }
}
