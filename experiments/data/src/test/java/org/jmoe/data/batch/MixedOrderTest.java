package org.jmoe.data.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableDoubleArray;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.Samples;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MixedOrderTest {
  private static final int S = 16;

  @TempDir static Path folder = Path.of("");

  private final BufferAllocator allocator = OffHeap.allocator();
  private final TokenCorpus corpus =
      TokenCorpus.load(TokenData.open(Samples.rows(folder, 200, 500)), allocator);
  private final Packing packing = Packing.of(corpus.all(), S);
  private final int domains = corpus.domains().size();

  @AfterEach
  void closeEverything() {
    corpus.close();
    allocator.close();
  }

  private WindowOrder order(double... weights) {
    return WindowOrder.mixed(packing, ImmutableDoubleArray.copyOf(weights), 7);
  }

  /** All S + 1 tokens of a window; the domain of the last one is that of the next window. */
  private int domain(long window) {
    WindowOrder only = (sample, windows) -> window;
    try (Batch batch = Batches.of(packing, 1, only, allocator).at(0)) {
      int[] found = batch.domains();
      assertTrue(Arrays.stream(found).allMatch(d -> d == found[0]), Arrays.toString(found));
      return found[0];
    }
  }

  private double[] weights() {
    double[] weights = new double[domains];
    Arrays.setAll(weights, d -> d + 0.5);
    return weights;
  }

  @Test
  void tokensAreTheSharesAtAnyTime() {
    double[] weights = weights();
    double sum = Arrays.stream(weights).sum();
    WindowOrder order = order(weights);
    long[] taken = new long[domains];
    for (int sample = 0; sample < 3000; sample++) {
      taken[domain(order.window(sample, packing.windows()))]++;
      for (int d = 0; d < domains; d++) {
        double share = weights[d] / sum * (sample + 1);
        assertEquals(share, (double) taken[d], 1.01, "domain " + d + " after " + (sample + 1));
      }
    }
  }

  /** Megatron-Core, helpers.cpp, build_blending_indices. */
  @Test
  void domainsFollowMegatron() {
    double[] weights = weights();
    double sum = Arrays.stream(weights).sum();
    WindowOrder order = order(weights);
    long[] current = new long[domains];
    for (int sample = 0; sample < 500; sample++) {
      int chosen = 0;
      double largest = Double.NEGATIVE_INFINITY;
      for (int d = 0; d < domains; d++) {
        double error = weights[d] / sum * Math.max(sample, 1.0) - current[d];
        if (error > largest) {
          largest = error;
          chosen = d;
        }
      }
      current[chosen]++;
      assertEquals(chosen, domain(order.window(sample, packing.windows())), "sample " + sample);
    }
  }

  @Test
  void eachEpochOfADomainHasEachWindowOnce() {
    double[] weights = new double[domains];
    weights[0] = 3;
    WindowOrder order = order(weights);
    int size = (int) packing.windows(0);
    assertTrue(size > 10, "windows " + size);
    for (int epoch = 0; epoch < 2; epoch++) {
      Set<Long> seen = new HashSet<>();
      for (int i = 0; i < size; i++) {
        long window = order.window((long) epoch * size + i, packing.windows());
        assertEquals(0, domain(window));
        assertTrue(seen.add(window));
      }
    }
  }

  /** What resuming needs: any sample, in any order, at any distance. */
  @Test
  void samplesDoNotDependOnEarlierRequests() {
    WindowOrder order = order(weights());
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 50; i++) {
      long sample = random.nextLong(50_000);
      assertEquals(
          order(weights()).window(sample, packing.windows()),
          order.window(sample, packing.windows()),
          "sample " + sample);
    }
  }

  @Test
  void aDomainWithoutAWindowIsRefused() {
    Packing wide = Packing.of(corpus.all(), (int) corpus.tokens() - 1);
    ImmutableDoubleArray all = ImmutableDoubleArray.copyOf(weights());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> WindowOrder.mixed(wide, all, 1));
    assertTrue(String.valueOf(e.getMessage()).contains("has fewer tokens than one sequence of"));
  }
}
