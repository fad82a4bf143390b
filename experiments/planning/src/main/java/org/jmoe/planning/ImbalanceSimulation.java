package org.jmoe.planning;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.tensor.Seed;

/**
 * Simulates random routing with k distinct experts per token. Every device contributes its own
 * tokens; experts are placed on devices in order, equally many on each.
 *
 * @param moe sizes of the experts
 * @param ways degree of expert parallelism, a divisor of the number of experts
 * @param local tokens per device
 * @param seed seed of the random draws
 */
record ImbalanceSimulation(MoeSize moe, int ways, long local, Seed seed) {
  private static final int LAYERS = 8;
  private static final long MAX_TOKENS = 1 << 18; // per layer; more would change little

  /**
   * Returns the mean over several independently drawn layers.
   *
   * @param factors capacity factors to count drops for, applied to the tokens of each device
   */
  Imbalance of(AssumedLoad load, List<Double> factors) {
    long[] slots = factors.stream().mapToLong(f -> Workload.slots(local, moe, f)).toArray();
    if (load instanceof AssumedLoad.Balanced) {
      return balanced(slots);
    }
    double[] dropped = new double[slots.length];
    double busiest = 0;
    double crowding = 0;
    long sources = Math.max(1, Math.min(ways, MAX_TOKENS / local));
    for (int layer = 0; layer < LAYERS; layer++) {
      Seed draws = seed.child("layers").child(layer);
      ImmutableDoubleArray chosen = load.chosen(moe, layer, draws);
      SystematicSampler sampler =
          new SystematicSampler(chosen, moe.k(), new Random(draws.child("order").value()));
      SplittableRandom random = new SplittableRandom(draws.child("tokens").value());
      long[] all = new long[moe.experts()];
      for (long source = 0; source < sources; source++) {
        long[] counts = new long[moe.experts()];
        sampler.draw(local, counts, random);
        for (int e = 0; e < counts.length; e++) {
          all[e] += counts[e];
          for (int i = 0; i < slots.length; i++) {
            dropped[i] += Math.max(0, counts[e] - slots[i]);
          }
        }
      }
      double choices = (double) sources * local * moe.k();
      busiest += Arrays.stream(all).max().orElseThrow() * moe.experts() / choices;
      crowding += maxRows(all) * ways / choices;
    }
    double choices = (double) LAYERS * sources * local * moe.k();
    return new Imbalance(
        busiest / LAYERS,
        crowding / LAYERS,
        ImmutableDoubleArray.copyOf(Arrays.stream(dropped).map(d -> d / choices)));
  }

  private Imbalance balanced(long[] slots) {
    double each = (double) local * moe.k() / moe.experts();
    return new Imbalance(
        1,
        1,
        ImmutableDoubleArray.copyOf(
            Arrays.stream(slots).mapToDouble(s -> Math.max(0, each - s) / each)));
  }

  /** Returns the rows of the most loaded device. */
  private long maxRows(long[] counts) {
    int each = moe.experts() / ways;
    long most = 0;
    for (int device = 0; device < ways; device++) {
      long rows = 0;
      for (int e = device * each; e < (device + 1) * each; e++) {
        rows += counts[e];
      }
      most = Math.max(most, rows);
    }
    return most;
  }
}
