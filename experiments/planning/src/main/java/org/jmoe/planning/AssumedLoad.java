package org.jmoe.planning;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jmoe.metrics.LoadReport;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.ConfigException;

/** The distribution of tokens over the experts of a layer that a plan assumes. */
public sealed interface AssumedLoad {
  /** Returns a name for display. */
  String name();

  /**
   * Returns the fraction of tokens that choose each expert, (E), summing to k.
   *
   * @param layer index of the layer, from 0
   * @param seed seed of the random draws for this layer
   */
  ImmutableDoubleArray chosen(MoeSize moe, int layer, Seed seed);

  /** Perfectly balanced load, as forced in benchmarks. */
  record Balanced() implements AssumedLoad {
    @Override
    public String name() {
      return "balanced";
    }

    @Override
    public ImmutableDoubleArray chosen(MoeSize moe, int layer, Seed seed) {
      double[] weights = new double[moe.experts()];
      Arrays.fill(weights, 1);
      return capped(weights, moe.k());
    }
  }

  /**
   * Zipf's law: the expert of rank r is chosen in proportion to {@code 1 / r^exponent}, capped at
   * every token; ranks are assigned to experts at random. Exponent 0 leaves only sampling noise.
   */
  record Zipf(double exponent) implements AssumedLoad {
    /** Checks the exponent. */
    public Zipf {
      Preconditions.checkArgument(
          exponent >= 0 && exponent <= 100,
          "the Zipf exponent must be between 0 and 100, got %s",
          exponent);
    }

    @Override
    public String name() {
      return exponent == 0 ? "chance" : String.format(Locale.ROOT, "Zipf %s", exponent);
    }

    @Override
    public ImmutableDoubleArray chosen(MoeSize moe, int layer, Seed seed) {
      List<Integer> ranks =
          IntStream.rangeClosed(1, moe.experts()).boxed().collect(Collectors.toList());
      Collections.shuffle(ranks, new Random(seed.child("ranks").value()));
      return capped(ranks.stream().mapToDouble(r -> Math.pow(r, -exponent)).toArray(), moe.k());
    }
  }

  /**
   * Load of a recorded run, cycling through its layers.
   *
   * @param name of the run
   * @param layers load of each MoE layer
   */
  record Measured(String name, ImmutableList<LoadReport> layers) implements AssumedLoad {
    /** Checks that there is at least one layer. */
    public Measured {
      Preconditions.checkArgument(!layers.isEmpty(), "%s has no MoE layer", name);
    }

    @Override
    public ImmutableDoubleArray chosen(MoeSize moe, int layer, Seed seed) {
      ImmutableLongArray choices = layers.get(layer % layers.size()).choices();
      if (choices.length() != moe.experts()) {
        throw new ConfigException(
            ("--load %s: the run's layers have %d experts, the planned model has %d; plan the run's"
                    + " own model or use --zipf")
                .formatted(name, choices.length(), moe.experts()));
      }
      long used = choices.stream().filter(c -> c > 0).count();
      if (used < moe.k()) {
        throw new ConfigException(
            ("--load %s: only %d experts of a layer were ever chosen, fewer than the planned"
                    + " model's k = %d; use --zipf")
                .formatted(name, used, moe.k()));
      }
      return capped(choices.stream().asDoubleStream().toArray(), moe.k());
    }
  }

  /**
   * Scales weights to sum to k with none above 1; the excess goes to the others in proportion.
   *
   * @param weights non-negative, at least k of them positive
   */
  private static ImmutableDoubleArray capped(double[] weights, int k) {
    double[] chosen = new double[weights.length];
    boolean more = true;
    while (more) {
      more = false;
      double open = k;
      double sum = 0;
      for (int e = 0; e < chosen.length; e++) {
        open -= chosen[e] == 1 ? 1 : 0;
        sum += chosen[e] == 1 ? 0 : weights[e];
      }
      for (int e = 0; e < chosen.length; e++) {
        if (chosen[e] < 1) {
          double share = sum == 0 ? 0 : weights[e] / sum * open;
          more |= share > 1;
          chosen[e] = Math.min(1, share);
        }
      }
    }
    return ImmutableDoubleArray.copyOf(chosen);
  }
}
