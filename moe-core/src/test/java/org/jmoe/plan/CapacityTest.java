package org.jmoe.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CapacityTest {
  /**
   * In float32, 100 * 1.2 / 4 is slightly above 30 and its ceiling 31; likewise 55 instead of 54.
   */
  @ParameterizedTest
  @CsvSource({
    "100, 1, 4, 1.2, 30",
    "180, 1, 4, 1.2, 54", // wrong in float32
    "10, 1, 4, 1, 3",
    "10, 2, 4, 1, 5",
    "7, 3, 8, 1.25, 4", // 2.5, 5, 3.28125
    "1, 1, 8, 0.01, 1",
    "1000000, 8, 10, 1.1, 880000"
  })
  void slotsAreExact(long tokens, int k, int experts, double factor, int slots) {
    Capacity capacity = Capacity.factor(factor);
    assertEquals(OptionalInt.of(slots), capacity.slots(tokens, k, experts, true));
  }

  @Test
  void theLimitAppliesInTrainingOnly() {
    assertTrue(Capacity.factor(1.2).slots(100, 1, 4, false).isEmpty());
    assertTrue(Capacity.dropless().slots(100, 1, 4, true).isEmpty());
    Capacity both = new Capacity(PublishedCapacity.MEGATRON, 1, 2, 1, DropOrder.K_MAJOR);
    assertEquals(OptionalInt.of(25), both.slots(100, 1, 4, true));
    assertEquals(OptionalInt.of(50), both.slots(100, 1, 4, false));
  }

  @Test
  void theMinimumApplies() {
    Capacity capacity = new Capacity(PublishedCapacity.MEGATRON, 1, 1, 8, DropOrder.K_MAJOR);
    assertEquals(OptionalInt.of(8), capacity.slots(10, 1, 4, true));
    assertEquals(OptionalInt.of(25), capacity.slots(100, 1, 4, true));
  }

  @Test
  void aHugeFactorIsNoLimit() {
    assertTrue(Capacity.factor(1e300).slots(100, 1, 4, true).orElse(Integer.MAX_VALUE) >= 100);
    assertTrue(Capacity.factor(1e9).slots(1000, 1, 4, true).orElse(Integer.MAX_VALUE) >= 1000);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.NEGATIVE_INFINITY})
  void badFactorsAreRejected(double factor) {
    String message = Errors.message(IllegalArgumentException.class, () -> Capacity.factor(factor));
    assertTrue(message.contains("trainFactor") && message.endsWith("not " + factor), message);
  }

  @Test
  void theMinimumIsAtLeastOne() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Capacity(PublishedCapacity.MEGATRON, 1, 1, 0, DropOrder.K_MAJOR));
  }

  @Test
  void aFactorThatChangesNothingIsRefused() {
    for (Capacity fixed :
        new Capacity[] {
          Capacity.fixed(24), Capacity.dropless().withRule(PublishedCapacity.FAIRSEQ_TOP2, 1, 1)
        }) {
      String message =
          Errors.message(IllegalArgumentException.class, () -> fixed.withEvalFactor(0.5));
      assertTrue(message.contains("gives the same slots for every factor"), message);
      assertTrue(fixed.withEvalFactor(Double.POSITIVE_INFINITY).slots(100, 1, 4, false).isEmpty());
      assertThrows(IllegalArgumentException.class, () -> fixed.withTrainFactor(2));
    }
    for (PublishedCapacity rule : PublishedCapacity.values()) {
      if (rule != PublishedCapacity.FAIRSEQ_TOP1 && rule != PublishedCapacity.FAIRSEQ_TOP2) {
        Capacity scaled = Capacity.dropless().withRule(rule, 1, 1).withEvalFactor(0.5);
        assertEquals(0.5, scaled.evalFactor());
      }
    }
  }
}
