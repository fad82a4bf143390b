package org.jmoe.planning;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Samples k distinct experts of E per token with exactly the given inclusion probabilities: one
 * random start and k equal steps along the cumulated probabilities (systematic sampling, Madow
 * 1949).
 */
final class SystematicSampler {
  private final int[] order; // (E) shuffled experts
  private final double[] ends; // (E) cumulated probabilities
  private final int[] first; // (buckets) where to start the search
  private final int k;

  /**
   * Shuffles the experts and cumulates their probabilities.
   *
   * @param chosen (E) probabilities, at most 1 each, summing to k
   */
  SystematicSampler(ImmutableDoubleArray chosen, int k, Random random) {
    this.k = k;
    order = IntStream.range(0, chosen.length()).toArray();
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    ends = new double[order.length];
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      sum += chosen.get(order[i]);
      ends[i] = sum;
    }
    first = new int[4 * order.length];
    int at = 0;
    for (int b = 0; b < first.length; b++) {
      while (at < ends.length - 1 && ends[at] <= (double) b * k / first.length) {
        at++;
      }
      first[b] = at;
    }
  }

  /** Adds the choices of {@code tokens} tokens to (E) counts. */
  void draw(long tokens, long[] counts, SplittableRandom random) {
    for (long t = 0; t < tokens; t++) {
      double start = random.nextDouble();
      for (int i = 0; i < k; i++) {
        counts[order[find(start + i)]]++;
      }
    }
  }

  private int find(double place) {
    int at = first[(int) (place / k * first.length)];
    while (at < ends.length - 1 && ends[at] <= place) {
      at++;
    }
    return at;
  }
}
