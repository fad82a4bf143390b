package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplingTest {
  private static final int DRAWS = 20_000;

  /** Probabilities 0.1, 0.4, 0.2, 0.3. */
  private static float[] logits() {
    return new float[] {
      (float) Math.log(0.1), (float) Math.log(0.4), (float) Math.log(0.2), (float) Math.log(0.3)
    };
  }

  @Test
  void greedyBreaksTiesByIndex() {
    SplittableRandom random = new SplittableRandom(1);
    assertEquals(1, Sampling.greedy().choose(logits(), List.of(), random));
    assertEquals(1, Sampling.greedy().choose(new float[] {0, 2, 1, 2}, List.of(), random));
  }

  @Test
  void temperatureOneSamplesFromTheModel() {
    assertShares(new Sampling(1, 0, 1, 1), List.of(), 0.1, 0.4, 0.2, 0.3);
  }

  @Test
  void lowTemperatureSharpensTheDistribution() {
    // Temperature 0.5 squares the probabilities: 1, 16, 4 and 9 of 30.
    assertShares(new Sampling(0.5, 0, 1, 1), List.of(), 1 / 30., 16 / 30., 4 / 30., 9 / 30.);
    assertShares(new Sampling(1e-300, 0, 1, 1), List.of(), 0, 1, 0, 0);
  }

  @Test
  void topKKeepsTheMostLikely() {
    assertShares(new Sampling(1, 2, 1, 1), List.of(), 0, 4 / 7., 0, 3 / 7.);
    assertShares(new Sampling(1, 9, 1, 1), List.of(), 0.1, 0.4, 0.2, 0.3);
  }

  @Test
  void topPKeepsTheSmallestSet() {
    // 0.4 alone is below 0.65, 0.4 + 0.3 reaches it.
    assertShares(new Sampling(1, 0, 0.65, 1), List.of(), 0, 4 / 7., 0, 3 / 7.);
    assertShares(new Sampling(1, 0, 1e-9, 1), List.of(), 0, 1, 0, 0);
    // Among the three tokens kept by top-k, 0.4 is 4/9, 0.4 + 0.3 is 7/9.
    assertShares(new Sampling(1, 3, 0.5, 1), List.of(), 0, 4 / 7., 0, 3 / 7.);
  }

  @Test
  void thePenaltyMakesRepetitionLessLikely() {
    // Logits of both signs: 2 becomes 1, -1 becomes -2, however often the token occurred.
    float[] logits = {2, -1, 1.5f};
    double sum = Math.exp(1) + Math.exp(-2) + Math.exp(1.5);
    assertShares(
        new Sampling(1, 0, 1, 2),
        logits,
        List.of(0, 1, 0),
        Math.exp(1) / sum,
        Math.exp(-2) / sum,
        Math.exp(1.5) / sum);
    assertEquals(2, new Sampling(0, 0, 1, 2).choose(logits, List.of(0), new SplittableRandom(1)));
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 1, 1, temperature must be at least 0",
    "NaN, 0, 1, 1, temperature must be at least 0",
    "1, -1, 1, 1, top-k must be at least 0",
    "1, 0, 0, 1, top-p must be above 0 and at most 1",
    "1, 0, NaN, 1, top-p must be above 0 and at most 1",
    "1, 0, 1.1, 1, top-p must be above 0 and at most 1",
    "1, 0, 1, 0, repetition penalty must be above 0",
    "1, 0, 1, Infinity, repetition penalty must be above 0",
  })
  void impossibleValuesAreRejected(
      double temperature, int topK, double topP, double penalty, String message) {
    String found =
        Errors.message(
            IllegalArgumentException.class, () -> new Sampling(temperature, topK, topP, penalty));
    assertTrue(found.startsWith(message), found);
  }

  private static void assertShares(Sampling sampling, List<Integer> before, double... expected) {
    assertShares(sampling, logits(), before, expected);
  }

  private static void assertShares(
      Sampling sampling, float[] logits, List<Integer> before, double... expected) {
    SplittableRandom random = new SplittableRandom(3);
    int[] counts = new int[expected.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[sampling.choose(logits, before, random)]++;
    }
    for (int token = 0; token < expected.length; token++) {
      double share = (double) counts[token] / DRAWS;
      if (expected[token] == 0 || expected[token] == 1) {
        assertEquals(expected[token], share, "token " + token);
      }
      // Five standard deviations.
      assertEquals(expected[token], share, 0.018, "token " + token);
    }
  }
}
