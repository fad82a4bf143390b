package org.jmoe.layer;

import com.google.common.collect.ImmutableSet;
import org.jmoe.extension.Settings;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/** Settings of a router: a record nested in the router that it builds. */
public interface RouterSpec {
  /**
   * Builds the router.
   *
   * @param dim width D of the tokens
   * @param experts E
   * @param seed for the name and initial weights of the router
   */
  Router build(int dim, int experts, Seed seed);

  /** Returns the maximum number of experts per token, used to count active parameters. */
  int activeExperts(int experts);

  /** Returns the number of parameters for tokens of width D and E experts. */
  default long parameters(int dim, int experts) {
    return Math.multiplyExact((long) dim, experts);
  }

  /**
   * Returns whether the routing of a token is independent of later tokens of its sequence, in
   * training and evaluation. It is not for expert choice, Soft MoE and most capacity orders; causal
   * language models reject such routers unless wrapped in {@code AllowNonCausal}.
   */
  default boolean causal() {
    return true;
  }

  /** Returns how the router differs from top-k over the logits of each token; empty by default. */
  default ImmutableSet<RouterTrait> traits() {
    return ImmutableSet.of();
  }

  /** Returns the largest k allowed with E experts. */
  default int largestK(int experts) {
    return experts;
  }

  /** Returns the capacity; null for routers without one. */
  default @Nullable Capacity capacity() {
    return null;
  }

  /**
   * Returns a copy with k experts per token, by default with another component {@code int k}.
   *
   * @throws IllegalArgumentException if the router has no such setting or k is out of range
   */
  default RouterSpec withK(int k) {
    return Settings.with(this, "k", int.class, k);
  }

  /**
   * Returns a copy with another capacity, by default with another component {@code Capacity
   * capacity}.
   *
   * @throws IllegalArgumentException if the router has no such setting
   */
  default RouterSpec withCapacity(Capacity capacity) {
    return Settings.with(this, "capacity", Capacity.class, capacity);
  }
}
