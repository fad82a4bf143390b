package org.jmoe.metrics;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jmoe.layer.RoutingSignals;

/**
 * Dependence between experts and a label of their tokens, such as domain, token class or position.
 * With few tokens, random routing also looks specialized, so each measure comes with a baseline:
 * its mean under randomly permuted labels.
 *
 * @param counts (E) rows of (L): choices of each expert for tokens of each label
 * @param information mutual information between expert and label, in nats
 * @param purity share of choices with the most frequent label of their expert
 * @param chanceInformation mean information under permuted labels
 * @param chancePurity mean purity under permuted labels
 */
public record Specialisation(
    ImmutableList<ImmutableLongArray> counts,
    double information,
    double purity,
    double chanceInformation,
    double chancePurity) {
  private static final int PERMUTATIONS = 20;

  /**
   * Measures one layer.
   *
   * @param labels (T) from 0 to labelCount - 1; tokens with a negative label are skipped
   * @param labelCount L
   * @param seed of the permutations
   */
  public static Specialisation of(
      RoutingSignals signals, ImmutableIntArray labels, int labelCount, long seed) {
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    return of(
        ImmutableLongArray.copyOf(signals.choices().toLongArray()),
        k,
        signals.experts(),
        labels,
        labelCount,
        seed);
  }

  /**
   * Measures recorded choices.
   *
   * @param choices (T, K) in row-major order, -1 for none
   */
  public static Specialisation of(
      ImmutableLongArray choices,
      int k,
      int experts,
      ImmutableIntArray labels,
      int labelCount,
      long seed) {
    Preconditions.checkArgument(
        choices.length() == labels.length() * k,
        "%s choices with k = %s do not match %s labels",
        choices.length(),
        k,
        labels.length());
    int[] label = labels.toArray();
    long[][] counts = counts(choices, k, experts, label, labelCount);
    RandomGenerator random = new SplittableRandom(seed);
    List<long[][]> shuffled = new ArrayList<>();
    for (int i = 0; i < PERMUTATIONS; i++) {
      shuffle(label, random);
      shuffled.add(counts(choices, k, experts, label, labelCount));
    }
    return of(counts, shuffled);
  }

  /**
   * Measures given counts, for example over many batches.
   *
   * @param counts (E) rows of (L)
   * @param shuffled counts under permuted labels, at least one
   */
  public static Specialisation of(long[][] counts, List<long[][]> shuffled) {
    Preconditions.checkArgument(
        !shuffled.isEmpty(), "the baseline needs counts of at least one permutation");
    double information = 0;
    double purity = 0;
    for (long[][] by : shuffled) {
      information += information(by) / shuffled.size();
      purity += purity(by) / shuffled.size();
    }
    return new Specialisation(
        Arrays.stream(counts)
            .map(ImmutableLongArray::copyOf)
            .collect(ImmutableList.toImmutableList()),
        information(counts),
        purity(counts),
        information,
        purity);
  }

  /**
   * Returns the information above the baseline as a share of its maximum, the label entropy minus
   * the baseline; 1 is a perfect split.
   */
  public double score() {
    double entropy = 0;
    double total = counts.stream().mapToDouble(row -> row.stream().sum()).sum();
    for (int l = 0; l < counts.get(0).length(); l++) {
      int at = l;
      double share = counts.stream().mapToDouble(row -> row.get(at)).sum() / Math.max(1, total);
      entropy -= share > 0 ? share * Math.log(share) : 0;
    }
    double max = entropy - chanceInformation;
    return max <= 0 ? 0 : (information - chanceInformation) / max;
  }

  private static long[][] counts(
      ImmutableLongArray choices, int k, int experts, int[] labels, int labelCount) {
    long[][] counts = new long[experts][labelCount];
    for (int i = 0; i < choices.length(); i++) {
      int label = labels[i / k];
      if (choices.get(i) >= 0 && label >= 0) {
        Preconditions.checkArgument(
            label < labelCount, "label %s of token %s must be below %s", label, i / k, labelCount);
        counts[(int) choices.get(i)][label]++;
      }
    }
    return counts;
  }

  /** {@code sum p(e, l) ln (p(e, l) / (p(e) p(l)))}. */
  private static double information(long[][] counts) {
    double[] ofLabel = new double[counts[0].length];
    double total = 0;
    for (long[] row : counts) {
      for (int l = 0; l < row.length; l++) {
        ofLabel[l] += row[l];
        total += row[l];
      }
    }
    double sum = 0;
    for (long[] row : counts) {
      double ofExpert = Arrays.stream(row).sum();
      for (int l = 0; l < row.length; l++) {
        sum +=
            row[l] == 0 ? 0 : row[l] / total * Math.log(row[l] * total / (ofExpert * ofLabel[l]));
      }
    }
    return Math.max(0, sum);
  }

  private static double purity(long[][] counts) {
    double total = 0;
    double pure = 0;
    for (long[] row : counts) {
      total += Arrays.stream(row).sum();
      pure += Arrays.stream(row).max().orElse(0);
    }
    return total == 0 ? 0 : pure / total;
  }

  private static void shuffle(int[] values, RandomGenerator random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int other = values[i];
      values[i] = values[j];
      values[j] = other;
    }
  }
}
