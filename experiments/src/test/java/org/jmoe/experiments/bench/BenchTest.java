package org.jmoe.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jmoe.experiments.bench.BenchRow.Goal;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That benchmarks measure what they say; how fast anything is no test can tell. */
final class BenchTest {
  @Test
  void worksTakeTurnsAndTheLeastCountsAfterTheWarmUp() {
    List<String> order = new ArrayList<>();
    Iterator<Double> one = List.of(1.0, 1.0, 7.0, 5.0, 6.0).iterator();
    Iterator<Double> two = List.of(9.0, 9.0, 3.0, 4.0, 8.0).iterator();
    double[] least =
        Turns.minima(
            3,
            List.of(
                () -> {
                  order.add("one");
                  return one.next();
                },
                () -> {
                  order.add("two");
                  return two.next();
                }));
    assertArrayEquals(new double[] {5, 3}, least);
    assertEquals(List.of("one", "two", "one", "two"), order.subList(0, 4));
  }

  @Test
  void goalsHaveTwoSides() {
    assertTrue(new BenchRow("m", "c", 0.9, Goal.atLeast(0.9), "1").met());
    assertFalse(new BenchRow("m", "c", 0.89, Goal.atLeast(0.9), "1").met());
    assertTrue(new BenchRow("m", "c", 1.15, Goal.atMost(1.15), "1").met());
    assertFalse(new BenchRow("m", "c", 1.16, Goal.atMost(1.15), "1").met());
    assertFalse(new BenchRow("m", "c", Double.NaN, Goal.atLeast(0), "1").met());
    assertTrue(new BenchRow("m", "c", 1, Goal.none(), "1").met());
  }

  @ParameterizedTest
  @EnumSource
  void aLayerOfEverySkewIsTimed(Skew skew) {
    LayerCase small =
        new LayerCase(
            24, 8, 8, 4, 2, Activation.SWIGLU, Precision.FLOAT32, skew, ExpertStrategy.LOOP);
    LayerTimes times = new LayerBench(small, 2).run();
    assertTrue(times.forward() > 0 && times.forwardBackward() > 0);
    assertTrue(times.efficiencyForward() > 0 && times.efficiencyForwardBackward() > 0);
  }

  @Test
  void skewsAreWhatTheySay() {
    assertArrayEquals(new long[] {0, 1, 2, 0}, Skew.BALANCED.choices(2, 3, 2));
    assertArrayEquals(new long[] {0, 1, 0, 1}, Skew.ALL_TO_ONE.choices(2, 3, 2));
    long[] zipf = Skew.ZIPF.choices(110, 3, 1);
    assertEquals(60, java.util.Arrays.stream(zipf).filter(e -> e == 0).count());
    assertEquals(30, java.util.Arrays.stream(zipf).filter(e -> e == 1).count());
  }

  @Test
  void everyRowOfALayerAndOfAStepIsANumber() throws IOException {
    List<BenchRow> rows = new ArrayList<>(new LayerRows(1).parts(32, 8, 8, 4, 2));
    rows.add(new LayerRows(1).denseRatio(32, 8, 8, 4, 2));
    rows.add(new LayerRows(1).smallGroups(32, 8, 8, 4, 2, Skew.ZIPF));
    rows.add(new LayerRows(1).bfloat16(32, 8, 8, 4, 2));
    rows.addAll(new StepRows(5).of(16, 8, 4, 2, 8, Precision.FLOAT32));
    for (BenchRow row : rows) {
      assertTrue(Double.isFinite(row.value()), row.toString());
    }
  }
}
