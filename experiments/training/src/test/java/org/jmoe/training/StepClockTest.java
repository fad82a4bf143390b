package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class StepClockTest {
  private final AtomicLong time = new AtomicLong();
  private final StepClock clock = new StepClock(time::get);

  private double after(long seconds, int tokens) {
    time.addAndGet(seconds * 1_000_000_000);
    return clock.tokensPerSecond(StepReport.skipped(0, 0.1, tokens));
  }

  @Test
  void stepsAreTimedFromTheEndOfTheStepBefore() {
    assertEquals(50, after(2, 100));
    assertEquals(25, after(4, 100));
  }

  @Test
  void evaluationsDoNotCount() {
    after(2, 100);
    time.addAndGet(60_000_000_000L);
    clock.start();
    assertEquals(100, after(1, 100));
  }

  @Test
  void aStepWithoutDurationHasAFiniteSpeed() {
    assertEquals(1e11, after(0, 100));
  }
}
