package org.jmoe.training;

import java.util.Locale;
import java.util.Optional;

/** Detects a spike of the training loss; warns once. */
final class LossMonitor {
  private static final int WARM = 20;
  private static final double SMOOTHING = 0.05;
  private static final double FACTOR = 6;
  private static final double MIN_RISE = 0.2; // nats; smaller rises are noise of small batches

  private double mean;
  private double deviation;
  private int steps;
  private boolean warned;

  /** Adds the loss of one step; returns a warning at the first spike. */
  Optional<String> step(long step, double nats) {
    if (!Double.isFinite(nats)) {
      return Optional.empty();
    }
    double above = nats - mean;
    boolean spike = steps >= WARM && above > Math.max(MIN_RISE, FACTOR * deviation);
    if (spike && !warned) {
      warned = true;
      return Optional.of(
          String.format(
              Locale.ROOT,
              "warning: step %d: the loss is %.3f nats, compared with a recent mean of %.3f and a"
                  + " mean absolute deviation of %.3f; if spikes persist, lower"
                  + " training.optimizer.rate or lengthen the warm-up",
              step,
              nats,
              mean,
              deviation));
    }
    double share = Math.max(SMOOTHING, 1.0 / (steps + 1)); // initially an unweighted mean
    mean += share * above;
    deviation += share * (Math.abs(above) - deviation);
    steps++;
    return Optional.empty();
  }
}
