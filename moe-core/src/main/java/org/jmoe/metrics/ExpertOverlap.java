package org.jmoe.metrics;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jmoe.layer.RoutingSignals;

/**
 * Similarity of the routing of two layers. Expert indices are not comparable across layers, so
 * pairs of tokens are compared: layers agree if tokens that share an expert in one also share one
 * in the other.
 *
 * @param agreement share of pairs with a common expert in both layers, among those with one in
 *     either (the Jaccard index of the two relations)
 * @param chance expected agreement of independent layers
 * @param pairs number of token pairs compared
 */
public record ExpertOverlap(double agreement, double chance, long pairs) {
  private static final int MAX_TOKENS = 2048;

  /** Compares two layers of one batch, using at most its first 2048 tokens. */
  public static ExpertOverlap of(RoutingSignals one, RoutingSignals two) {
    Preconditions.checkArgument(
        one.tokens() == two.tokens(),
        "cannot compare layers of %s and %s tokens",
        one.tokens(),
        two.tokens());
    return of(sets(one), sets(two));
  }

  /** Compares two layers by the experts of each token. */
  public static ExpertOverlap of(List<BitSet> a, List<BitSet> b) {
    Preconditions.checkArgument(
        a.size() == b.size(), "cannot compare layers of %s and %s tokens", a.size(), b.size());
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

  /** Returns the experts of each token. */
  private static List<BitSet> sets(RoutingSignals signals) {
    long[] choices = signals.choices().toLongArray(); // (T * K)
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    List<BitSet> sets = new ArrayList<>();
    for (int t = 0; t < Math.min(MAX_TOKENS, choices.length / k); t++) {
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
