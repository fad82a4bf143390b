package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.metrics.GateReport;
import org.jmoe.metrics.LoadReport;

/**
 * Routing statistics of one layer.
 *
 * @param layer path of the layer
 * @param soft whether every token goes to every expert; loads and labels then count weights, in
 *     {@link #MILLIONTHS} of a token, instead of choices
 * @param load load of the experts over all batches
 * @param batchViolation mean over the batches of {@code max / mean - 1} (MaxVio_batch of Wang et
 *     al. 2024); that of {@code load} is MaxVio_global
 * @param gate confidence of the router
 * @param specialisations one per set of labels
 * @param typical (E) most typical tokens of each expert
 * @param contexts (E) contexts with the largest weight for each expert
 * @param pairs (E) rows of (E), tokens that choose both experts; empty for a soft layer
 * @param similarity pairwise similarity of the experts
 */
public record LayerAnalysis(
    String layer,
    boolean soft,
    LoadReport load,
    double batchViolation,
    GateReport gate,
    ImmutableList<LabelSpecialisation> specialisations,
    ImmutableList<ImmutableList<TypicalToken>> typical,
    ImmutableList<ImmutableList<TokenContext>> contexts,
    ImmutableList<ImmutableLongArray> pairs,
    ExpertSimilarity similarity) {
  /** Units per token in a soft layer, so that sums are exact in any order. */
  public static final long MILLIONTHS = 1_000_000;

  /** Returns the number of experts E. */
  public int experts() {
    return load.experts();
  }

  /** Returns the fraction of all choices, or of all weights, that an expert gets. */
  public double share(int expert) {
    return load.total() == 0 ? 0 : (double) load.choices().get(expert) / load.total();
  }

  /** Returns whether some token has two experts, so that pairs are informative. */
  public boolean hasPairs() {
    for (int a = 0; a < pairs.size(); a++) {
      for (int b = 0; b < a; b++) {
        if (pairs.get(a).get(b) > 0) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Returns how often two different experts serve the same token, relative to chance; 0 if never. A
   * token's experts are distinct, so chance is {@code (k - 1) / k * E / (E - 1)} of the value for
   * independent draws: 1 on average for a router that draws k of E uniformly. If k varies, the
   * tokens' pairs are counted.
   */
  public double pairLift(int a, int b) {
    double choices = 0;
    double pairsOfTokens = 0;
    for (int e = 0; e < pairs.size(); e++) {
      choices += pairs.get(e).get(e);
      pairsOfTokens += pairs.get(e).stream().sum() - pairs.get(e).get(e);
    }
    double together = pairs.get(a).get(b);
    double distinct = // (k - 1) / k * E / (E - 1) / T for constant k
        pairsOfTokens / choices / choices * experts() / (experts() - 1);
    return together == 0 ? 0 : together / pairs.get(a).get(a) / pairs.get(b).get(b) / distinct;
  }
}
