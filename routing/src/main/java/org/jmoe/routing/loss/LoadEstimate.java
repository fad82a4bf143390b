package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.index.NDIndex;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * The smooth load of noisy top-k gating: for each expert, the probability that a token chooses it
 * if only that expert's noise is resampled.
 */
public enum LoadEstimate {
  /**
   * Shazeer et al. 2017, appendix A, equations 8 to 10 (tensor2tensor {@code _prob_in_top_k}):
   * relative to the k-th highest score of the other experts, i.e. the (k + 1)-th overall for a
   * chosen expert; summed over tokens.
   */
  SHAZEER {
    @Override
    NDArray probability(RoutingSignals s, NDArray noisy, NDArray sigma, int k) {
      NDArray ranked = Ops.stableSort(noisy, true).get(0); // (T, E)
      NDArray in = column(ranked, k); // (T, 1)
      NDArray out = column(ranked, k - 1); // (T, 1)
      NDArray inside = RoutingOps.normalCdf(s.logits().sub(in).div(sigma)); // (T, E)
      NDArray outside = RoutingOps.normalCdf(s.logits().sub(out).div(sigma)); // (T, E)
      return NDArrays.where(noisy.gt(in), inside, outside);
    }
  },
  /**
   * Riquelme et al. 2021, appendix A.2 (V-MoE): relative to the k-th score overall; averaged over
   * tokens.
   */
  VMOE {
    @Override
    NDArray probability(RoutingSignals s, NDArray noisy, NDArray sigma, int k) {
      NDArray ranked = Ops.stableSort(noisy, true).get(0); // (T, E)
      return RoutingOps.normalCdf(s.logits().sub(column(ranked, k - 1)).div(sigma));
    }
  },
  /**
   * Tutel's {@code load_importance_loss}: as V-MoE, but the clean probability is compared with the
   * k-th noisy logit.
   */
  TUTEL {
    @Override
    NDArray probability(RoutingSignals s, NDArray noisy, NDArray sigma, int k) {
      NDArray ranked = Ops.stableSort(noisy, true).get(0); // (T, E)
      NDArray probs = Ops.softmax(s.logits()); // (T, E)
      return RoutingOps.normalCdf(probs.sub(column(ranked, k - 1)).div(sigma));
    }
  };

  /** Returns the probability (T, E) that each token chooses each expert. */
  abstract NDArray probability(RoutingSignals s, NDArray noisy, NDArray sigma, int k);

  /**
   * Returns the load (E). Without noise, and in Shazeer's form if all experts are chosen, these are
   * the exact counts, which have no gradient.
   */
  public NDArray load(RoutingSignals signals) {
    NDArray noisy = signals.noisy(); // (T, E)
    NDArray sigma = signals.noiseStd(); // (T, E) or (1, 1)
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    boolean all = this == SHAZEER && k == signals.experts(); // there is no (k + 1)-th score
    if (noisy == null || sigma == null || all) {
      return Ops.cast(signals.counts(), signals.probs().getDataType());
    }
    NDArray sum =
        Sums.real(probability(signals, noisy, sigma, k), signals).sum(new int[] {0}); // (E)
    return this == VMOE ? Ops.scale(sum, 1.0 / Math.max(1, signals.realTokens())) : sum;
  }

  private static NDArray column(NDArray x, int i) {
    return x.get(new NDIndex(":, {}:{}", i, i + 1));
  }
}
