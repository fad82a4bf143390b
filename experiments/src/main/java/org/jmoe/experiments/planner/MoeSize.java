package org.jmoe.experiments.planner;

import com.google.common.base.Preconditions;
import org.jmoe.layer.MoeLayer;

/**
 * The routed experts of a layer by their sizes. A shared expert, which every token uses, counts as
 * dense.
 *
 * @param experts E
 * @param k most experts of a token
 * @param each parameters of an expert
 * @param active those of them that compute for one token
 * @param router parameters of the router
 */
public record MoeSize(int experts, int k, long each, long active, long router) {
  /** Checks the sizes. */
  public MoeSize {
    Preconditions.checkArgument(
        k >= 1 && k <= experts, "k must be between 1 and experts = %s, not %s", experts, k);
  }

  /** The routed experts of a layer for tokens of width D. */
  static MoeSize of(MoeLayer.Spec spec, int dim) {
    return new MoeSize(
        spec.experts(),
        spec.router().activeExperts(spec.experts()),
        spec.expert().parametersPerExpert(dim),
        spec.expert().activeParametersPerExpert(dim),
        spec.router().parameters(dim, spec.experts()));
  }

  /** Parameters of all experts. */
  public long routed() {
    return Math.multiplyExact(experts, each);
  }
}
