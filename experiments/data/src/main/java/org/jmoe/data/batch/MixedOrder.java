package org.jmoe.data.batch;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Mixes domains by weight: the next window comes from the domain that is furthest behind its share,
 * the rule of Megatron-Core's {@code build_blending_indices}. After any number of windows, the
 * tokens of a domain differ from its share by about a window. Each domain has epochs of its own,
 * shuffled by (seed, epoch).
 */
final class MixedOrder implements WindowOrder {
  private static final int BLOCK = 4096; // samples between snapshots

  private final Packing packing;
  private final double[] weights; // (domains), sum 1
  private final long seed;
  private final List<long[]> snapshots = new ArrayList<>(); // windows taken before each block
  private long sample; // of the next window
  private long[] taken; // (domains), before it

  /**
   * Creates the order.
   *
   * @param weights (domains), weight of each domain of the corpus, not negative; 0 leaves it out
   */
  MixedOrder(Packing packing, ImmutableDoubleArray weights, long seed) {
    this.packing = packing;
    this.seed = seed;
    double sum = weights.stream().sum();
    this.weights = weights.stream().map(w -> w / sum).toArray();
    taken = new long[this.weights.length];
    snapshots.add(taken.clone());
    for (int d = 0; d < this.weights.length; d++) {
      Preconditions.checkArgument(
          this.weights[d] == 0 || packing.windows(d) > 0,
          "domain %s has fewer tokens than one sequence of %s tokens; leave it out of the mix or"
              + " use shorter sequences",
          packing.corpus().domains().get(d),
          packing.sequenceLength());
    }
  }

  @Override
  public synchronized long window(long wanted, long windows) {
    if (wanted < sample) {
      int block = (int) Math.min(wanted / BLOCK, snapshots.size() - 1L);
      sample = (long) block * BLOCK;
      taken = snapshots.get(block).clone();
    }
    while (sample < wanted) {
      taken[next()]++;
      sample++;
      if (sample == (long) snapshots.size() * BLOCK) {
        snapshots.add(taken.clone());
      }
    }
    int domain = next();
    long size = packing.windows(domain);
    long epoch = taken[domain] / size;
    Permutation order = new Permutation(size, seed + domain, epoch);
    return packing.firstWindow(domain) + order.at(taken[domain] % size);
  }

  /** Returns the domain of the next sample; ties go to the first domain. */
  private int next() {
    double position = Math.max(1, (double) sample);
    int best = 0;
    for (int d = 1; d < weights.length; d++) {
      if (weights[d] * position - taken[d] > weights[best] * position - taken[best]) {
        best = d;
      }
    }
    return best;
  }
}
