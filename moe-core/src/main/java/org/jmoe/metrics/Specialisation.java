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
 * How much an expert tells about a label of its tokens, such as domain, token class or position:
 * host numbers, safe to keep. Few tokens look specialised by chance, so that every measure comes
 * with its chance level, that of the same choices under shuffled labels.
 *
 * @param counts (E) rows of (L): choices of each expert for tokens of each label
 * @param information mutual information of expert and label, in nats
 * @param purity share of choices whose label is the commonest of their expert
 * @param chanceInformation mean information under shuffled labels
 * @param chancePurity mean purity under shuffled labels
 */
public record Specialisation(
    ImmutableList<ImmutableLongArray> counts,
    double information,
    double purity,
    double chanceInformation,
    double chancePurity) {
  private static final int SHUFFLES = 20;

  /**
   * Measures one layer.
   *
   * @param labels (T) of 0 to count - 1; a negative one leaves its token out
   * @param labelCount L
   * @param seed of the shuffles
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
   * @param choices (T, K) row after row, -1 for none
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
        "%s choices of k = %s do not belong to %s labels",
        choices.length(),
        k,
        labels.length());
    int[] label = labels.toArray();
    long[][] counts = counts(choices, k, experts, label, labelCount);
    RandomGenerator random = new SplittableRandom(seed);
    List<long[][]> shuffled = new ArrayList<>();
    for (int i = 0; i < SHUFFLES; i++) {
      shuffle(label, random);
      shuffled.add(counts(choices, k, experts, label, labelCount));
    }
    return of(counts, shuffled);
  }

  /**
   * Measures counts that were made elsewhere, such as over many batches.
   *
   * @param counts (E) rows of (L)
   * @param shuffled the same counts under shuffled labels, once or more
   */
  public static Specialisation of(long[][] counts, List<long[][]> shuffled) {
    Preconditions.checkArgument(!shuffled.isEmpty(), "chance needs at least one shuffle");
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
   * The information over that of chance, as a share of what the labels hold; 1 is a perfect split.
   */
  public double score() {
    double entropy = 0;
    double total = counts.stream().mapToDouble(row -> row.stream().sum()).sum();
    for (int l = 0; l < counts.get(0).length(); l++) {
      int at = l;
      double share = counts.stream().mapToDouble(row -> row.get(at)).sum() / Math.max(1, total);
      entropy -= share > 0 ? share * Math.log(share) : 0;
    }
    double most = entropy - chanceInformation;
    return most <= 0 ? 0 : (information - chanceInformation) / most;
  }

  private static long[][] counts(
      ImmutableLongArray choices, int k, int experts, int[] labels, int labelCount) {
    long[][] counts = new long[experts][labelCount];
    for (int i = 0; i < choices.length(); i++) {
      int label = labels[i / k];
      if (choices.get(i) >= 0 && label >= 0) {
        Preconditions.checkArgument(
            label < labelCount, "label %s of token %s is not below %s", label, i / k, labelCount);
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
