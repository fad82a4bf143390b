package org.jmoe.app.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Times several tasks round-robin and keeps the minimum of each. Interference from other processes
 * affects all tasks alike, and the minimum excludes most of it.
 */
final class InterleavedTimer {
  private static final int MIN_WARM_UP = 2; // rounds
  private static final int WARM_UP = 10; // warm-up rounds per measured round, up to a time limit
  private static final double WARM_UP_SECONDS = 5; // the limit

  private InterleavedTimer() {}

  /** Task that measures its own time. */
  @FunctionalInterface
  interface Timed {
    /** Runs the task and returns its time in milliseconds. */
    double millis();
  }

  /**
   * Returns the minimum time of each task in milliseconds. A warm-up first lets the JIT compile the
   * code around the matmuls, as in a training run.
   */
  static double[] minima(int rounds, List<Timed> tasks) {
    long start = System.nanoTime();
    for (int round = 0; round < WARM_UP * rounds; round++) {
      if (round >= MIN_WARM_UP && System.nanoTime() - start > WARM_UP_SECONDS * 1e9) {
        break;
      }
      tasks.forEach(Timed::millis);
    }
    double[] minima = new double[tasks.size()];
    Arrays.fill(minima, Double.POSITIVE_INFINITY);
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < minima.length; i++) {
        minima[i] = Math.min(minima[i], tasks.get(i).millis());
      }
    }
    return minima;
  }
}
