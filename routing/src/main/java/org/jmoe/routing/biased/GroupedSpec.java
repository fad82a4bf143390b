package org.jmoe.routing.biased;

import org.jmoe.routing.BiasedTopKSpec;
import org.jmoe.routing.Checks;
import org.jmoe.routing.Groups;

/** Settings of a router with biased scores and expert groups. */
interface GroupedSpec extends BiasedTopKSpec {
  /** Returns the expert groups. */
  Groups groups();

  /** Returns the factor on the weights. */
  double scalingFactor();

  /** Returns the update rate of the bias per optimizer step; 0 for a constant bias. */
  double updateRate();

  /** Checks the ranges of k, factor and rate. */
  static void check(int k, double scalingFactor, double updateRate) {
    Checks.k(k);
    Checks.positive(scalingFactor, "scalingFactor");
    BiasedRouter.requireRate(updateRate);
  }

  /** Checks that k and the groups fit the number of experts. */
  default void require(int experts) {
    Checks.k(k(), experts);
    groups().require(experts, k());
  }
}
