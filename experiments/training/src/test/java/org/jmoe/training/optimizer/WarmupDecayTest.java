package org.jmoe.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class WarmupDecayTest {
  /** 4 warm-up steps, then 9 decay steps; the fifth of these is half way. */
  @ParameterizedTest
  @CsvSource({
    "CONSTANT, 0, 0.25",
    "CONSTANT, 3, 1",
    "CONSTANT, 12, 1",
    "LINEAR, 1, 0.5",
    "LINEAR, 3, 1",
    "LINEAR, 4, 1",
    "LINEAR, 6, 0.8",
    "LINEAR, 8, 0.6",
    "LINEAR, 12, 0.2",
    "COSINE, 3, 1",
    "COSINE, 4, 1",
    "COSINE, 6, 0.8828427124746190",
    "COSINE, 8, 0.6",
    "COSINE, 12, 0.2",
  })
  void risesAndFallsToTheFloor(WarmupDecay.Decay decay, long step, double expected) {
    assertEquals(expected, new WarmupDecay(decay, 4, 0.2).at(step, 13), 1e-15);
  }

  @Test
  void runsShorterThanTheWarmup() {
    WarmupDecay schedule = new WarmupDecay(WarmupDecay.Decay.COSINE, 10, 0.1);
    assertEquals(0.1, schedule.at(0, 3), 1e-15);
    assertEquals(0.3, schedule.at(2, 3), 1e-15);
    assertEquals(1, new WarmupDecay(WarmupDecay.Decay.CONSTANT, 0, 0).at(0, 1));
  }

  @ParameterizedTest
  @EnumSource(WarmupDecay.Decay.class)
  void singleStepUsesThePeak(WarmupDecay.Decay decay) {
    assertEquals(1, new WarmupDecay(decay, 0, 0.1).at(0, 1));
    assertEquals(1, new WarmupDecay(decay, 1, 0.1).at(0, 1));
    assertEquals(1, new WarmupDecay(decay, 20, 0).at(0, 1));
  }

  @Test
  void twoStepsRunFromPeakToFloor() {
    for (int warmup = 0; warmup < 2; warmup++) {
      WarmupDecay schedule = new WarmupDecay(WarmupDecay.Decay.COSINE, warmup, 0.1);
      assertEquals(1, schedule.at(0, 2), 1e-15);
      assertEquals(0.1, schedule.at(1, 2), 1e-15);
    }
    WarmupDecay rising = new WarmupDecay(WarmupDecay.Decay.LINEAR, 2, 0.1);
    assertEquals(0.5, rising.at(0, 2));
    assertEquals(1, rising.at(1, 2));
  }

  @Test
  void invalidSettingsAreRejected() {
    assertThrows(
        IllegalArgumentException.class, () -> new WarmupDecay(WarmupDecay.Decay.LINEAR, -1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new WarmupDecay(WarmupDecay.Decay.LINEAR, 0, 1.1));
    assertThrows(
        IllegalArgumentException.class,
        () -> new WarmupDecay(WarmupDecay.Decay.LINEAR, 0, Double.NaN));
  }
}
