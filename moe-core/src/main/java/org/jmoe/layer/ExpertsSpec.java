package org.jmoe.layer;

import org.jmoe.tensor.Seed;

/** Settings of experts: a record nested in the class that it builds. */
public interface ExpertsSpec {
  /**
   * Builds the experts.
   *
   * @param dim width D of tokens and outputs
   * @param experts E
   * @param seed for the name and initial weights of the experts
   */
  Experts build(int dim, int experts, Seed seed);

  /** Returns the parameters per expert for width D; the rounded mean if experts differ. */
  long parametersPerExpert(int dim);

  /** Returns the parameters of an expert that are used per token. */
  default long activeParametersPerExpert(int dim) {
    return parametersPerExpert(dim);
  }

  /** Returns the parameters shared by all experts and used for each token. */
  default long commonParameters(int dim) {
    return 0;
  }

  /** Returns the parameters of a number of experts. */
  default long parameters(int dim, int experts) {
    return Math.addExact(
        commonParameters(dim), Math.multiplyExact(experts, parametersPerExpert(dim)));
  }

  /**
   * Returns the parameters used for a token routed to a number of experts; if experts differ, the
   * rounded mean over all sets of that size.
   */
  default long activeParameters(int dim, int used) {
    return Math.addExact(
        commonParameters(dim), Math.multiplyExact(used, activeParametersPerExpert(dim)));
  }

  /** Returns the width of the dispatched rows. */
  default int width(int dim) {
    return dim;
  }

  /**
   * Checks that the settings fit a layer before it is built.
   *
   * @throws IllegalArgumentException with the invalid setting and a fix
   */
  default void requireFits(int dim, int experts) {}
}
