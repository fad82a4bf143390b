package org.jmoe.layer;

import org.jmoe.tensor.Seed;

/**
 * A router that may see later tokens, used in a causal model on purpose: its user knows that a
 * token's output then depends on what comes after it, and that losses look better than generation
 * is.
 *
 * @param router the one that is built
 */
public record SeesAhead(RouterSpec router) implements RouterSpec {
  @Override
  public Router build(int dim, int experts, Seed seed) {
    return router.build(dim, experts, seed);
  }

  @Override
  public int activeExperts(int experts) {
    return router.activeExperts(experts);
  }

  @Override
  public long parameters(int dim, int experts) {
    return router.parameters(dim, experts);
  }
}
