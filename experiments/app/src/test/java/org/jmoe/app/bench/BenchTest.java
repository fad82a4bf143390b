package org.jmoe.app.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks what benchmarks measure, not how fast anything is. */
final class BenchTest {
  @Test
  void tasksAlternateAndTheMinimumAfterWarmUpIsKept() {
    List<String> order = new ArrayList<>();
    int warmUp = 30;
    double[] one = {7, 5, 6};
    double[] two = {3, 4, 8};
    double[] minima =
        InterleavedTimer.minima(
            3,
            List.of(
                () -> {
                  order.add("one");
                  int round = order.size() / 2;
                  return round < warmUp ? 1 : one[round - warmUp];
                },
                () -> {
                  order.add("two");
                  int round = order.size() / 2 - 1;
                  return round < warmUp ? 1 : two[round - warmUp];
                }));
    assertArrayEquals(new double[] {5, 3}, minima);
    assertEquals(List.of("one", "two", "one", "two"), order.subList(0, 4));
  }

  @Test
  void goalsAreLowerOrUpperBounds() {
    assertTrue(new BenchRow("m", "c", 0.9, Goal.atLeast(0.9), "1").met());
    assertFalse(new BenchRow("m", "c", 0.89, Goal.atLeast(0.9), "1").met());
    assertTrue(new BenchRow("m", "c", 1.15, Goal.atMost(1.15), "1").met());
    assertFalse(new BenchRow("m", "c", 1.16, Goal.atMost(1.15), "1").met());
    assertFalse(new BenchRow("m", "c", Double.NaN, Goal.atLeast(0), "1").met());
    assertTrue(new BenchRow("m", "c", 1, Goal.none(), "1").met());
  }

  @ParameterizedTest
  @EnumSource
  void timesLayersOfEverySkew(Skew skew) {
    LayerCase small = LayerCase.of(24, 8, 8, 4, 2).with(skew).with(ExpertStrategy.LOOP);
    LayerTimes times = new LayerBench(small, 2).run();
    assertTrue(times.forward() > 0 && times.forwardBackward() > 0);
    assertTrue(times.efficiencyForward() > 0 && times.efficiencyForwardBackward() > 0);
  }

  @Test
  void timesLatentExpertsAgainstFullWidth() {
    LayerCase wide = LayerCase.of(256, 256, 256, 4, 2);
    List<BenchRow> rows = new LatentBench(wide, 8, 5).run();
    assertEquals("256,256,256,4,2 latent 8", rows.get(2).of());
    assertEquals(rows.get(1).value() / rows.get(0).value(), rows.get(2).value());
    assertEquals(rows.get(4).value() / rows.get(3).value(), rows.get(5).value());
    rows.forEach(row -> assertTrue(row.value() > 0 && row.met(), row.toString()));
    assertEquals(
        "latent width is 257; use a width from 1 to the token width 256",
        Errors.message(IllegalArgumentException.class, () -> new LatentBench(wide, 257, 5)));
  }

  @Test
  void skewsHaveTheirDistributions() {
    assertArrayEquals(new long[] {0, 1, 2, 0}, Skew.BALANCED.choices(2, 3, 2));
    assertArrayEquals(new long[] {0, 1, 0, 1}, Skew.ALL_TO_ONE.choices(2, 3, 2));
    long[] zipf = Skew.ZIPF.choices(110, 3, 1);
    assertEquals(60, java.util.Arrays.stream(zipf).filter(e -> e == 0).count());
    assertEquals(30, java.util.Arrays.stream(zipf).filter(e -> e == 1).count());
  }

  /** The backward pass of the loop writes a gradient of the full stack for each expert. */
  @Test
  void detectsASlowPath() {
    double cheapest = new LayerRows(4).parts(256, 32, 256, 64, 2).get(1).value();
    double loop = new LayerRows(4, ExpertStrategy.LOOP).parts(256, 32, 256, 64, 2).get(1).value();
    assertTrue(
        2 * loop < cheapest, "P1 is " + loop + " for LOOP and " + cheapest + " for CHEAPEST");
  }

  @Test
  void capacityTradesDropsForPadding() {
    List<BenchRow> rows =
        LoadRows.of(64, 8, 4, 2, List.of(1.0, 4.0, Double.POSITIVE_INFINITY)); // 5 rows each
    double asked = 64 * 2;
    double kept = asked * (1 - rows.get(1).value());
    assertTrue(rows.get(1).value() > 0, "factor 1 drops tokens under uneven load");
    assertEquals(1 - kept / (4 * 32), rows.get(0).value(), 1e-9); // C = 64 * 2 / 4
    assertTrue(rows.get(6).value() < rows.get(1).value(), "a larger capacity drops less");
    for (BenchRow row : rows.subList(10, 12)) {
      assertEquals(0, row.value(), row.toString());
      assertTrue(row.met());
    }
    assertTrue(rows.get(2).value() > 0 && rows.get(3).value() > 0);
  }

  @Test
  void countsEveryDifferingElement() {
    List<float[]> one = List.of(new float[] {0f, 1f}, new float[] {2f, 3f});
    List<float[]> two = List.of(new float[] {-0f, 1f}, new float[] {2f, Math.nextUp(3f)});
    assertEquals(0, BitRows.share(one, one));
    assertEquals(0.5, BitRows.share(one, two));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16"})
  void repeatsAreBitExact(Precision precision) {
    List<BenchRow> rows = new BitRows(32, 24, 8, precision).of(96, List.of(2, 8)); // 4 rows each
    assertEquals(8, rows.size());
    for (BenchRow row : rows) {
      assertTrue(row.value() >= 0 && row.value() <= 1, row.toString());
      assertTrue(row.met(), row.toString());
    }
  }

  @Test
  void jmhBenchmarkRuns() {
    LayerBenchmark grid = new LayerBenchmark();
    grid.tokens = 16;
    grid.dim = 8;
    grid.open();
    assertTrue(grid.forward() > 0 && grid.forwardBackward() > 0);
    assertTrue(grid.matmuls() > 0 && grid.matmulsForwardBackward() > 0);
    grid.close();
  }

  @Test
  void rowsOfLayersAndStepsAreFinite() throws IOException {
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
