package org.jmoe.metrics;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jmoe.layer.RoutingSignals;

/**
 * How alike two layers route the same tokens. As the numbers of experts mean nothing across layers,
 * pairs of tokens are compared: two layers agree where tokens that share an expert in one share one
 * in the other.
 *
 * @param agreement share of pairs sharing an expert in both layers, among those sharing one in
 *     either (the Jaccard index of the two relations)
 * @param chance the same if the layers were independent
 * @param pairs pairs of tokens compared
 */
public record ExpertOverlap(double agreement, double chance, long pairs) {
  private static final int MOST = 2048;

  /** Compares two layers of one batch; of many tokens the first 2048. */
  public static ExpertOverlap of(RoutingSignals one, RoutingSignals two) {
    Preconditions.checkArgument(
        one.tokens() == two.tokens(),
        "layers of %s and %s tokens cannot be compared",
        one.tokens(),
        two.tokens());
    return of(sets(one), sets(two));
  }

  /** Compares two layers by the experts of the same tokens in each. */
  public static ExpertOverlap of(List<BitSet> a, List<BitSet> b) {
    Preconditions.checkArgument(
        a.size() == b.size(), "layers of %s and %s tokens cannot be compared", a.size(), b.size());
    long inBoth = 0;
    long inOne = 0;
    long inTwo = 0;
    long pairs = 0;
    for (int t = 0; t < a.size(); t++) {
      for (int u = t + 1; u < a.size(); u++) {
        boolean first = a.get(t).intersects(a.get(u));
        boolean second = b.get(t).intersects(b.get(u));
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

  /** The experts of each token. */
  private static List<BitSet> sets(RoutingSignals signals) {
    long[] choices = signals.choices().toLongArray(); // (T * K)
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    List<BitSet> sets = new ArrayList<>();
    for (int t = 0; t < Math.min(MOST, choices.length / k); t++) {
      BitSet set = new BitSet();
      for (int i = t * k; i < (t + 1) * k; i++) {
        if (choices[i] >= 0) {
          set.set((int) choices[i]);
        }
      }
      sets.add(set);
    }
    return sets;
  }
}
