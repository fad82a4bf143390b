package org.jmoe.layer;

import com.google.common.collect.ImmutableSet;
import org.jmoe.extension.Extensions;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

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

  /** How the router differs from top-k over the logits of each token; nothing by default. */
  default ImmutableSet<RouterTrait> traits() {
    return ImmutableSet.of();
  }

  /** Largest number of experts per token that the router allows with E experts. */
  default int largestK(int experts) {
    return experts;
  }

  /** How many tokens an expert takes; null for a router without that setting. */
  default @Nullable Capacity capacity() {
    return null;
  }

  /**
   * The same settings with k experts per token.
   *
   * @throws IllegalArgumentException when the router has no such setting, or k is out of range
   */
  default RouterSpec withK(int k) {
    throw new IllegalArgumentException(
        "Cannot set k: %s has no setting k.".formatted(Extensions.nameOf(getClass())));
  }

  /**
   * The same settings with another capacity.
   *
   * @throws IllegalArgumentException when the router has no such setting
   */
  default RouterSpec withCapacity(Capacity capacity) {
    throw new IllegalArgumentException(
        "Cannot set capacity: %s has no setting capacity."
            .formatted(Extensions.nameOf(getClass())));
  }
}
