package org.jmoe.experiments.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Times several works in turns and keeps the least time of each: what a busy machine adds falls on
 * all alike, and the minimum leaves most of it out.
 */
final class Turns {
  private static final int WARM_UP = 2;

  private Turns() {}

  /** A work that says how many milliseconds it took. */
  @FunctionalInterface
  interface Timed {
    double millis();
  }

  /** The least milliseconds of each. */
  static double[] minima(int rounds, List<Timed> works) {
    double[] least = new double[works.size()];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int round = 0; round < rounds + WARM_UP; round++) {
      for (int i = 0; i < works.size(); i++) {
        double millis = works.get(i).millis();
        least[i] = round < WARM_UP ? least[i] : Math.min(least[i], millis);
      }
    }
    return least;
  }
}
