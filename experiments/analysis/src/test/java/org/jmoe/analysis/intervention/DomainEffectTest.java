package org.jmoe.analysis.intervention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DomainEffectTest {
  private static TokenLosses.Sequence sequence(String domains, double... nats) {
    return new TokenLosses.Sequence(
        ImmutableLongArray.copyOf(Arrays.stream(nats).mapToLong(n -> n == 0 ? -1 : 7)),
        ImmutableDoubleArray.copyOf(nats),
        domains.chars().mapToObj(Character::toString).collect(ImmutableList.toImmutableList()));
  }

  private static TokenLosses losses(TokenLosses.Sequence... sequences) {
    return new TokenLosses(ImmutableList.copyOf(sequences));
  }

  /** Means are over tokens; masked tokens do not count. */
  @Test
  void meansPerDomain() {
    List<DomainEffect> effects =
        DomainEffect.of(
            losses(sequence("aab", 1, 2, 3), sequence("bba", 4, 0, 6)),
            losses(sequence("aab", 2, 2, 3), sequence("bba", 5, 0, 8)));
    assertEquals(List.of("all", "a", "b"), effects.stream().map(DomainEffect::domain).toList());
    assertEquals(List.of(5L, 3L, 2L), effects.stream().map(DomainEffect::tokens).toList());
    assertEquals(16 / 5.0, effects.get(0).before(), 1e-15);
    assertEquals(4 / 5.0, effects.get(0).difference(), 1e-15);
    assertEquals(3 / 3.0, effects.get(1).difference(), 1e-15);
    assertEquals(1 / 2.0, effects.get(2).difference(), 1e-15);
  }

  /**
   * With equal lengths it is the t interval of the sequence means: differences 0.1, 0.3 and 0.8
   * have mean 0.4 and standard error 0.208167; t(0.975, 2) is 4.302653.
   */
  @Test
  void equalLengthsGiveTheIntervalOfMeans() {
    DomainEffect all =
        DomainEffect.of(
                losses(sequence("aa", 1, 1), sequence("aa", 2, 2), sequence("aa", 3, 3)),
                losses(
                    sequence("aa", 1.1, 1.1), sequence("aa", 2.3, 2.3), sequence("aa", 3.6, 4.0)))
            .get(0);
    assertEquals(0.4, all.difference(), 1e-12);
    assertEquals(4.302653 * 0.208167, all.margin(), 1e-5);
    assertEquals(3, all.sequences());
  }

  /** Residuals of sums d - D n are 0.75 and -0.75 for d = 1, 0, n = 1, 3 and D = 1/4. */
  @Test
  void unequalLengthsAreWeightedByTokens() {
    DomainEffect all =
        DomainEffect.of(
                losses(sequence("a", 1), sequence("aaa", 1, 1, 1)),
                losses(sequence("a", 2), sequence("aaa", 1, 1, 1)))
            .get(0);
    assertEquals(0.25, all.difference(), 1e-15);
    assertEquals(12.706205 * Math.sqrt(2 * 2 * 0.5625) / 4, all.margin(), 1e-5);
  }

  @Test
  void aSingleSequenceHasNoInterval() {
    List<DomainEffect> effects =
        DomainEffect.of(losses(sequence("a", 1)), losses(sequence("a", 2)));
    assertEquals(1, effects.size()); // one domain is all
    assertTrue(Double.isNaN(effects.get(0).margin()));
  }
}
