package org.jmoe.training;

import java.util.function.LongSupplier;

/** Times training steps; evaluations in between do not count. */
public final class StepClock {
  private static final double MIN_SECONDS = 1e-9;

  private final LongSupplier nanos;
  private long mark; // end of the previous step or evaluation

  /** Creates a clock whose first step starts now. */
  public StepClock() {
    this(System::nanoTime);
  }

  StepClock(LongSupplier nanos) {
    this.nanos = nanos;
    mark = nanos.getAsLong();
  }

  /** Starts the next step now. */
  public void start() {
    mark = nanos.getAsLong();
  }

  /** Returns the tokens per second of a step that ends now, and starts the next one. */
  public double tokensPerSecond(StepReport report) {
    long now = nanos.getAsLong();
    double seconds = (now - mark) / 1e9;
    mark = now;
    return report.tokens() / Math.max(MIN_SECONDS, seconds);
  }
}
