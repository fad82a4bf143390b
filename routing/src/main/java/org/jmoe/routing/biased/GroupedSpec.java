package org.jmoe.routing.biased;

import org.jmoe.routing.BiasedTopKSpec;
import org.jmoe.routing.Checks;
import org.jmoe.routing.Groups;

/** Settings of a router whose tokens choose by biased scores within their best groups. */
interface GroupedSpec extends BiasedTopKSpec {
  /** Groups of experts a token may use. */
  Groups groups();

  /** What every weight is multiplied by. */
  double scalingFactor();

  /** Step of the bias in each optimizer step; 0 for a bias that stays. */
  double updateRate();

  /** Refuses numbers that are out of range. */
  static void check(int k, double scalingFactor, double updateRate) {
    Checks.k(k);
    Checks.positive(scalingFactor, "scalingFactor");
    BiasedRouter.requireRate(updateRate);
  }

  /** Refuses groups that do not fit so many experts. */
  default void require(int experts) {
    Checks.k(k(), experts);
    groups().require(experts, k());
  }
}
