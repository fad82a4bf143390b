package org.jmoe.routing;

/** Settings of a top-k router that adds one bias per expert to its scores. */
public interface BiasedTopKSpec extends TopKSpec {
  @Override
  default long parameters(int dim, int experts) {
    return Math.multiplyExact(dim + 1L, experts);
  }
}
