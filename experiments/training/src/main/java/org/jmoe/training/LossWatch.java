package org.jmoe.training;

import java.util.Locale;
import java.util.Optional;

/** Notices a training loss far above what it was, once. */
final class LossWatch {
  private static final int WARM = 20;
  private static final double SMOOTHING = 0.05;
  private static final double FACTOR = 6;
  private static final double LEAST = 0.2; // nats; less is noise of small batches

  private double mean;
  private double deviation;
  private int steps;
  private boolean told;

  /** Takes in a step's loss; a warning at the first spike. */
  Optional<String> step(long step, double nats) {
    if (!Double.isFinite(nats)) {
      return Optional.empty();
    }
    double above = nats - mean;
    boolean spike = steps >= WARM && above > Math.max(LEAST, FACTOR * deviation);
    if (spike && !told) {
      told = true;
      return Optional.of(
          String.format(
              Locale.ROOT,
              "warning: the loss of step %d is %.3f nats, its recent mean %.3f with a mean"
                  + " deviation of %.3f; a lower training.optimizer.rate or a longer warm-up helps"
                  + " against spikes",
              step,
              nats,
              mean,
              deviation));
    }
    double share = Math.max(SMOOTHING, 1.0 / (steps + 1)); // a plain mean at first
    mean += share * above;
    deviation += share * (Math.abs(above) - deviation);
    steps++;
    return Optional.empty();
  }
}
