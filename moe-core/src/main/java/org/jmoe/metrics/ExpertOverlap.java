package org.jmoe.metrics;

import com.google.common.base.Preconditions;
import java.util.HashSet;
import java.util.Set;
import org.jmoe.layer.RoutingSignals;

/**
 * How alike two layers route the same tokens. As the numbers of experts mean nothing across layers,
 * pairs of tokens are compared: two layers agree where tokens that share an expert in one share one
 * in the other.
 *
 * @param agreement share of pairs sharing an expert in both layers, among those sharing one in either
 *     (the Jaccard index of the two relations)
 * @param chance the same if the layers were independent
 * @param pairs pairs of tokens compared
 */
public record ExpertOverlap(double agreement, double chance, long pairs) {
  /** Compares two layers of one batch; of many tokens the first 2048. */
  public static ExpertOverlap of(RoutingSignals one, RoutingSignals two) {
    Preconditions.checkArgument(
        one.tokens() == two.tokens(),
        "layers of %s and %s tokens cannot be compared",
        one.tokens(),
        two.tokens());
    Sets a = Sets.of(one);
    Sets b = Sets.of(two);
    long inBoth = 0;
    long inOne = 0;
    long inTwo = 0;
    long pairs = 0;
    for (int t = 0; t < a.size(); t++) {
      for (int u = t + 1; u < a.size(); u++) {
        boolean first = a.share(t, u);
        boolean second = b.share(t, u);
        inBoth += first && second ? 1 : 0;
        inOne += first ? 1 : 0;
        inTwo += second ? 1 : 0;
        pairs++;
      }
    }
    double all = Math.max(1, pairs);
    double expected = inOne / all * (inTwo / all);
    double either = inOne / all + inTwo / all - expected;
    long union = inOne + inTwo - inBoth;
    return new ExpertOverlap(
        union == 0 ? 0 : (double) inBoth / union, either == 0 ? 0 : expected / either, pairs);
  }

  private record Sets(long[][] experts) {
    private static final int MOST = 2048;

    static Sets of(RoutingSignals signals) {
      long[] choices = signals.choices().toLongArray();
      int k = Math.toIntExact(signals.choices().getShape().get(1));
      int tokens = Math.min(MOST, choices.length / k);
      long[][] sets = new long[tokens][];
      for (int t = 0; t < tokens; t++) {
        Set<Long> set = new HashSet<>();
        for (int i = t * k; i < (t + 1) * k; i++) {
          if (choices[i] >= 0) {
            set.add(choices[i]);
          }
        }
        sets[t] = set.stream().mapToLong(Long::longValue).sorted().toArray();
      }
      return new Sets(sets);
    }

    int size() {
      return experts.length;
    }

    boolean share(int t, int u) {
      for (long e : experts[t]) {
        for (long f : experts[u]) {
          if (e == f) {
            return true;
          }
        }
      }
      return false;
    }
  }
}
