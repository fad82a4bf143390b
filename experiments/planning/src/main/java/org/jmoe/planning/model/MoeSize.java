package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;

/**
 * The routed experts of a layer by their sizes. A shared expert, which every token uses, counts as
 * dense.
 *
 * @param experts E
 * @param k most experts of a token
 * @param width of the rows that go to experts and back: D, or less for latent experts
 * @param routed parameters of all experts
 * @param active those of one expert that compute for one token; the mean where experts differ
 * @param router parameters of the router, and of what all experts have in common
 */
public record MoeSize(int experts, int k, int width, long routed, long active, long router) {
  /** Checks the sizes. */
  public MoeSize {
    Preconditions.checkArgument(
        k >= 1 && k <= experts, "k must be between 1 and experts = %s, not %s", experts, k);
  }

  /** The routed experts of a layer for tokens of width D. */
  static MoeSize of(MoeLayer.Spec spec, int dim) {
    int experts = spec.experts();
    ExpertsSpec expert = spec.expert();
    long common = expert.commonParameters(dim);
    return new MoeSize(
        experts,
        spec.router().activeExperts(experts),
        expert.width(dim),
        expert.parameters(dim, experts) - common,
        expert.activeParametersPerExpert(dim),
        spec.router().parameters(dim, experts) + common);
  }
}
