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

  /** Number of parameters of one expert for width D. */
  long parametersPerExpert(int dim);

  /** Those of them that take part in computing one token. */
  default long activeParametersPerExpert(int dim) {
    return parametersPerExpert(dim);
  }
}
