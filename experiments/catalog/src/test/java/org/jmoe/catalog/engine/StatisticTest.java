package org.jmoe.catalog.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StatisticTest {
  @Test
  void matchesHandComputation() {
    // 2, 4, 9: mean 5, squares 9 + 1 + 16 = 26, over 2 is 13
    Statistic statistic = new Statistic(List.of(2.0, 9.0, 4.0));
    assertEquals(5, statistic.mean());
    assertEquals(Math.sqrt(13), statistic.std(), 1e-12);
    assertEquals(Math.sqrt(13.0 / 3), statistic.standardError(), 1e-12);
    assertEquals(4, statistic.median());
    assertEquals(2, statistic.min());
    assertEquals(9, statistic.max());
    assertEquals("5.00 ± 2.08", statistic.text(2));
    assertEquals(3.5, new Statistic(List.of(4.0, 3.0)).median());
  }

  @Test
  void oneSeedHasNoError() {
    Statistic one = new Statistic(List.of(1.5));
    assertTrue(Double.isNaN(one.std()) && Double.isNaN(one.standardError()));
    assertEquals("1.50", one.text(2));
    assertTrue(Double.isNaN(new Statistic(List.of()).mean()));
    assertEquals("none", new Statistic(List.of(Double.NaN, 1.0)).text(2));
  }

  @Test
  void differencesArePairedBySeed() {
    // The seeds differ by 100, the arms by 1, 2 and 3.
    Results results =
        results(Map.of("a", List.of(101.0, 202.0, 303.0), "b", List.of(100.0, 200.0, 300.0)));
    Statistic difference = results.difference("a", "b", "x");
    assertEquals(List.of(1.0, 2.0, 3.0), difference.values());
    assertEquals(2, difference.mean());
    assertEquals(1 / Math.sqrt(3), difference.standardError(), 1e-12);
    assertTrue(results.of("a", "x").standardError() > 50);
  }

  @Test
  void errorsNameMissingMeasures() {
    Results results = results(Map.of("a", List.of(1.0)));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> results.of("c", "x"))
            .toString()
            .contains("no arm 'c'"));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> results.of("a", "y"))
            .toString()
            .contains("no measure 'y'"));
  }

  @Test
  void rejectsArmsWithDifferentSeeds() {
    Map<String, Map<Long, Outcome>> outcomes =
        Map.of(
            "a", Map.of(1L, Outcome.of(Map.of())),
            "b", Map.of(2L, Outcome.of(Map.of())));
    assertThrows(IllegalArgumentException.class, () -> new Results(outcomes));
  }

  @Test
  void interpolatesLevelCrossing() {
    Series series =
        new Series(List.of(0.0, 10.0, 20.0), List.of(0.0, 1.0, 2.0), List.of(3.0, 2.0, 1.0));
    assertEquals(15, series.tokensTo(1.5));
    assertEquals(10, series.tokensTo(2));
    assertEquals(0, series.tokensTo(4));
    assertTrue(Double.isNaN(series.tokensTo(0.5)));
    assertEquals(1, series.lastTenth());
  }

  static Results results(Map<String, List<Double>> values) {
    Map<String, Map<Long, Outcome>> outcomes = new LinkedHashMap<>();
    values.forEach(
        (arm, numbers) -> {
          Map<Long, Outcome> seeds = new LinkedHashMap<>();
          for (int i = 0; i < numbers.size(); i++) {
            seeds.put(i + 1L, Outcome.of(Map.of("x", numbers.get(i))));
          }
          outcomes.put(arm, seeds);
        });
    return new Results(outcomes);
  }
}
