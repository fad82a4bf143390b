package org.jmoe.app.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Times several works in turns and keeps the least time of each: what a busy machine adds falls on
 * all alike, and the minimum leaves most of it out.
 */
final class Turns {
  private static final int LEAST_WARM_UP = 2; // rounds
  private static final int WARM_UP = 10; // times as many rounds as are measured, unless they take
  private static final double WARM_UP_SECONDS = 5; // longer than that

  private Turns() {}

  /** A work that says how many milliseconds it took. */
  @FunctionalInterface
  interface Timed {
    double millis();
  }

  /**
   * The least milliseconds of each, once they have run often enough for the virtual machine to have
   * compiled what is around the products, as it has in a training run.
   */
  static double[] minima(int rounds, List<Timed> works) {
    long start = System.nanoTime();
    for (int round = 0; round < WARM_UP * rounds; round++) {
      if (round >= LEAST_WARM_UP && System.nanoTime() - start > WARM_UP_SECONDS * 1e9) {
        break;
      }
      works.forEach(Timed::millis);
    }
    double[] least = new double[works.size()];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < least.length; i++) {
        least[i] = Math.min(least[i], works.get(i).millis());
      }
    }
    return least;
  }
}
