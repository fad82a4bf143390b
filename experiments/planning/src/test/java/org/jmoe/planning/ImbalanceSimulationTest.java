package org.jmoe.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jmoe.metrics.LoadReport;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.ConfigException;
import org.junit.jupiter.api.Test;

/** Simulated routing against cases with known answers. */
final class ImbalanceSimulationTest {
  private static final Seed SEED = Seed.of(7);

  private static MoeSize moe(int experts, int k) {
    return new MoeSize(experts, k, 1, experts, 1, 1);
  }

  private static LoadReport load(long... choices) {
    ImmutableLongArray all = ImmutableLongArray.copyOf(choices);
    return new LoadReport("moe", 0, all, all, ImmutableLongArray.of());
  }

  private static Imbalance run(
      AssumedLoad load, int experts, int k, int ways, long local, Double... factors) {
    return new ImbalanceSimulation(moe(experts, k), ways, local, SEED).of(load, List.of(factors));
  }

  /**
   * Two tokens choose one of two experts with probabilities 2/3 and 1/3; each expert has one slot.
   * Both choose the same with probability 5/9, and then one of the two is dropped.
   */
  @Test
  void dropRateMatchesExactValue() {
    double sum = 0;
    int times = 5000;
    for (int i = 0; i < times; i++) {
      sum +=
          new ImbalanceSimulation(moe(2, 1), 1, 2, Seed.of(i))
              .of(new AssumedLoad.Zipf(1), List.of(1.0))
              .dropRates()
              .get(0);
    }
    // Each of 40,000 pairs drops 0 or 1/2 of its choices: the standard error is 0.0012.
    assertEquals(5.0 / 18, sum / times, 0.005);
  }

  @Test
  void choosingAllExpertsIsBalanced() {
    Imbalance all = run(new AssumedLoad.Zipf(2), 4, 4, 2, 100, 1.0, 0.5);
    assertEquals(1, all.maxOverMean());
    assertEquals(1, all.crowding());
    assertEquals(0, all.dropRates().get(0));
    assertEquals(0.5, all.dropRates().get(1));
  }

  @Test
  void balancedLoadIsExact() {
    Imbalance even = run(new AssumedLoad.Balanced(), 8, 2, 4, 64, 0.5, 1.0, 2.0);
    assertEquals(1, even.maxOverMean());
    assertEquals(1, even.crowding());
    assertEquals(ImmutableDoubleArray.of(0.5, 0, 0), even.dropRates());
    assertEquals(
        ImmutableDoubleArray.of(0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25),
        new AssumedLoad.Balanced().chosen(moe(8, 2), 0, SEED));
  }

  @Test
  void reproducesMeasuredLoad() {
    AssumedLoad load = new AssumedLoad.Measured("run", ImmutableList.of(load(30, 10, 20, 20)));
    Imbalance measured = run(load, 4, 1, 2, 100_000, 1.0);
    assertEquals(1.5, measured.maxOverMean(), 0.01);
    assertEquals(1.0, measured.crowding(), 0.01); // 30 + 10 on one device, 20 + 20 on the other
    assertEquals(
        0.125, measured.dropRates().get(0), 0.005); // the first exceeds its capacity by 5 of 40
    assertEquals(1.5, run(load, 4, 1, 4, 100_000, 1.0).crowding(), 0.01);
  }

  @Test
  void dropsFallWithCapacityAndRiseWithTheExponent() {
    double before = 0;
    for (double exponent : new double[] {0, 0.5, 1, 2}) {
      Imbalance uneven =
          run(new AssumedLoad.Zipf(exponent), 64, 2, 8, 1024, 0.5, 1.0, 1.25, 2.0, 64.0);
      ImmutableDoubleArray drops = uneven.dropRates();
      for (int i = 1; i < drops.length(); i++) {
        assertTrue(drops.get(i) < drops.get(i - 1) || drops.get(i) == 0, drops.toString());
      }
      assertEquals(0, drops.get(4)); // no limit is reached
      assertTrue(uneven.crowding() > before, "exponent " + exponent);
      assertTrue(uneven.crowding() <= uneven.maxOverMean());
      before = uneven.crowding();
    }
  }

  @Test
  void isDeterministicPerSeed() {
    AssumedLoad load = new AssumedLoad.Zipf(0.7);
    assertEquals(run(load, 16, 2, 4, 300, 1.0, 1.5), run(load, 16, 2, 4, 300, 1.0, 1.5));
    assertNotEquals(
        run(load, 16, 2, 4, 300, 1.0),
        new ImbalanceSimulation(moe(16, 2), 4, 300, Seed.of(8)).of(load, List.of(1.0)));
  }

  @Test
  void probabilitiesAreProportionalAndCapped() {
    // 1, 1/2, 1/3, 1/4 of 25/12, twice: the first would be 0.96, the others in proportion.
    ImmutableDoubleArray two = new AssumedLoad.Zipf(1).chosen(moe(4, 2), 0, SEED);
    assertEquals(2, two.stream().sum(), 1e-12);
    assertEquals(0.96, two.stream().max().orElseThrow(), 1e-12);
    assertEquals(0.24, two.stream().min().orElseThrow(), 1e-12);
    // Three choices: all tokens take the first, and 2 are left for 1/2, 1/3, 1/4, of 13/12; the
    // second's 12/13 stays below 1.
    ImmutableDoubleArray three = new AssumedLoad.Zipf(1).chosen(moe(4, 3), 0, SEED);
    assertEquals(3, three.stream().sum(), 1e-12);
    assertEquals(1, three.stream().max().orElseThrow());
    assertEquals(6.0 / 13, three.stream().min().orElseThrow(), 1e-12);
  }

  @Test
  void samplerKeepsProbabilitiesAndDrawsDistinctExperts() {
    ImmutableDoubleArray probabilities = ImmutableDoubleArray.of(1, 0.05, 0.7, 0, 0.25, 0.6, 0.4);
    SystematicSampler sampler = new SystematicSampler(probabilities, 3, new Random(1));
    SplittableRandom random = new SplittableRandom(2);
    long[] sums = new long[7];
    int tokens = 200_000;
    for (int t = 0; t < tokens; t++) {
      long[] counts = new long[7];
      sampler.draw(1, counts, random);
      int chosen = 0;
      for (int e = 0; e < 7; e++) {
        assertTrue(counts[e] <= 1);
        chosen += (int) counts[e];
        sums[e] += counts[e];
      }
      assertEquals(3, chosen);
    }
    for (int e = 0; e < 7; e++) {
      assertEquals(probabilities.get(e), (double) sums[e] / tokens, 0.005);
    }
  }

  @Test
  void rejectsInvalidLoads() {
    assertThrows(IllegalArgumentException.class, () -> new AssumedLoad.Zipf(-1));
    assertThrows(IllegalArgumentException.class, () -> new AssumedLoad.Zipf(Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> new AssumedLoad.Measured("run", ImmutableList.of()));
    AssumedLoad one = new AssumedLoad.Measured("run", ImmutableList.of(load(5, 0, 0)));
    ConfigException few = assertThrows(ConfigException.class, () -> run(one, 3, 2, 1, 10));
    assertTrue(
        String.valueOf(few.getMessage()).contains("only 1 experts of a layer were ever chosen"));
    ConfigException other = assertThrows(ConfigException.class, () -> run(one, 4, 2, 1, 10));
    assertTrue(String.valueOf(other.getMessage()).contains("3 experts, the planned model has 4"));
  }
}
