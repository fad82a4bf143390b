package org.jmoe.catalog.trial;

import java.util.ArrayList;
import java.util.List;

/** Durations of optimizer steps, and the training speed that follows from them. */
final class StepTimes {
  private static final double FAST_SHARE = 0.1;

  private final List<Long> nanos = new ArrayList<>();

  /** Adds the duration of one step. */
  void add(long step) {
    nanos.add(step);
  }

  /**
   * Tokens per second of the 10th-percentile step; NaN without steps. Other work on the machine
   * slows most steps, but rarely all.
   */
  double tokensPerSecond(double tokensPerStep) {
    if (nanos.isEmpty()) {
      return Double.NaN;
    }
    List<Long> sorted = nanos.stream().sorted().toList();
    return tokensPerStep * 1e9 / sorted.get((int) (FAST_SHARE * sorted.size()));
  }
}
