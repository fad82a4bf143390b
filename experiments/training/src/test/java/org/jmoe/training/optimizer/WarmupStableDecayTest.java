package org.jmoe.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.base.Splitter;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class WarmupStableDecayTest {
  /** Factors of torchtitan's linear_warmup_stable_decay in some of 30 steps. */
  @ParameterizedTest
  @CsvSource({
    "5, 0.2, LINEAR, 0, 0.2 0.6 1.0 1.0 1.0 1.0 1.0 1.0 0.833333333333 0.166666666667",
    "5, 0.2, SQRT, 0.1, 0.2 0.6 1.0 1.0 1.0 1.0 1.0 1.0 0.632576538583 0.178416163742",
    "3, 0.5, COSINE, 0.05, 0.333333333333 1.0 1.0 1.0 1.0 1.0 0.7625 0.378216927672 0.2875"
        + " 0.060379889651",
    "0, 1, LINEAR, 0, 1.0 0.933333333333 0.7 0.666666666667 0.533333333333 0.5 0.333333333333 0.2"
        + " 0.166666666667 0.033333333333",
    "10, 0.9, SQRT, 0, 0.1 0.3 1.0 1.0 0.5527864045 0.5 0.292893218813 0.163339973466"
        + " 0.133974596216 0.025320565519"
  })
  void equalsTorchTitan(
      int warmup, double decay, WarmupStableDecay.Shape shape, double floor, String factors) {
    WarmupStableDecay schedule = new WarmupStableDecay(warmup, decay, shape, floor);
    assertArrayEquals(
        Splitter.on(' ').splitToStream(factors).mapToDouble(Double::parseDouble).toArray(),
        LongStream.of(0, 2, 9, 10, 14, 15, 20, 24, 25, 29)
            .mapToDouble(s -> schedule.at(s, 30))
            .toArray(),
        1e-11);
  }

  /** modded-nanogpt: (steps - step) / cooldown in the last steps. */
  @Test
  void aLinearDecayToZeroIsTheTrapezoid() {
    WarmupStableDecay schedule = new WarmupStableDecay(0, 0.4, WarmupStableDecay.Shape.LINEAR, 0);
    for (int step = 0; step < 20; step++) {
      assertEquals(step < 12 ? 1 : (20 - step) / 8.0, schedule.at(step, 20), 1e-12);
    }
  }

  @Test
  void aRunShorterThanTheWarmupOnlyRises() {
    WarmupStableDecay schedule = new WarmupStableDecay(10, 0.5, WarmupStableDecay.Shape.LINEAR, 0);
    assertEquals(0.3, schedule.at(2, 3), 1e-12);
    assertEquals(1, new WarmupStableDecay(0, 1, WarmupStableDecay.Shape.SQRT, 0).at(0, 1));
  }

  @ParameterizedTest
  @EnumSource(WarmupStableDecay.Shape.class)
  void singleStepUsesThePeak(WarmupStableDecay.Shape shape) {
    for (double decay : new double[] {0, 0.5, 1}) {
      for (int warmup : new int[] {0, 1, 20}) {
        assertEquals(1, new WarmupStableDecay(warmup, decay, shape, 0).at(0, 1));
      }
    }
  }

  @Test
  void invalidSettingsAreRejected() {
    for (double[] bad : new double[][] {{-1, 0, 0}, {0, 1.1, 0}, {0, Double.NaN, 0}, {0, 0, -1}}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new WarmupStableDecay((int) bad[0], bad[1], WarmupStableDecay.Shape.LINEAR, bad[2]));
    }
  }
}
