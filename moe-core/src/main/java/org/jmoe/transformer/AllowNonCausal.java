package org.jmoe.transformer;

import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Allows a router that uses later tokens in a causal model. The training loss is then better than
 * that of generation, because a token's output leaks information about later tokens.
 *
 * @param router the wrapped router
 */
public record AllowNonCausal(RouterSpec router) implements RouterSpec {
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

  @Override
  public ImmutableSet<RouterTrait> traits() {
    return router.traits();
  }

  @Override
  public int largestK(int experts) {
    return router.largestK(experts);
  }

  @Override
  public @Nullable Capacity capacity() {
    return router.capacity();
  }

  @Override
  public AllowNonCausal withK(int k) {
    return new AllowNonCausal(router.withK(k));
  }

  @Override
  public AllowNonCausal withCapacity(Capacity capacity) {
    return new AllowNonCausal(router.withCapacity(capacity));
  }
}
