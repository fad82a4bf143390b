package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;

/**
 * Sizes of a layer's routed experts. A shared expert, used by every token, counts as dense.
 *
 * @param experts number of experts E
 * @param k maximum number of experts per token
 * @param width width of the rows dispatched to experts: D, or less for latent experts
 * @param routed parameters of all experts
 * @param active active parameters per chosen expert; the mean if experts differ
 * @param router parameters of the router and those common to all experts
 */
public record MoeSize(int experts, int k, int width, long routed, long active, long router) {
  /** Checks the sizes. */
  public MoeSize {
    Preconditions.checkArgument(
        k >= 1 && k <= experts, "k must be between 1 and experts = %s, not %s", experts, k);
  }

  /** Returns the sizes of the routed experts of a layer for tokens of width D. */
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
