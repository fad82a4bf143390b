package org.jmoe.layer;

import org.jmoe.tensor.Seed;

/** Settings of a set of experts, as a value: the record nested in the class that it builds. */
public interface ExpertsSpec {
  /**
   * Builds the experts.
   *
   * @param dim width D of tokens and outputs
   * @param experts E
   * @param seed names the experts and their initial weights
   */
  Experts build(int dim, int experts, Seed seed);

  /** Number of parameters of one expert for width D; the mean, rounded, where experts differ. */
  long parametersPerExpert(int dim);

  /** Those of them that take part in computing one token. */
  default long activeParametersPerExpert(int dim) {
    return parametersPerExpert(dim);
  }

  /** Parameters that belong to no single expert and compute for every token. */
  default long commonParameters(int dim) {
    return 0;
  }

  /** All parameters of so many experts. */
  default long parameters(int dim, int experts) {
    return Math.addExact(
        commonParameters(dim), Math.multiplyExact(experts, parametersPerExpert(dim)));
  }

  /**
   * Parameters that compute for a token which uses so many experts. Where experts differ, it
   * depends on which these are: then the mean over all sets of so many, rounded.
   */
  default long activeParameters(int dim, int used) {
    return Math.addExact(
        commonParameters(dim), Math.multiplyExact(used, activeParametersPerExpert(dim)));
  }

  /** Width of the rows that are dispatched to the experts. */
  default int width(int dim) {
    return dim;
  }

  /**
   * Checks that the settings suit a layer, so that a configuration is refused before it is built.
   *
   * @throws IllegalArgumentException naming the fix
   */
  default void requireFits(int dim, int experts) {}
}
