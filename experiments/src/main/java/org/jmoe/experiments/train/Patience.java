package org.jmoe.experiments.train;

/** Counts evaluations without improvement. */
final class Patience {
  private final int limit;
  private double best = Double.POSITIVE_INFINITY;
  private int worse;

  /** Gives up after so many; 0 for never. */
  Patience(int limit) {
    this.limit = limit;
  }

  /** Takes in an evaluation; true when it is time to stop. */
  boolean exhausted(double nats) {
    worse = nats < best ? 0 : worse + 1;
    best = Math.min(best, nats);
    return limit > 0 && worse >= limit;
  }
}
