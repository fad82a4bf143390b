package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Score functions from logits to expert scores. */
public enum ScoreFunction {
  /** {@code softmax(l)} over the experts. */
  SOFTMAX {
    @Override
    public NDArray scores(NDArray logits) {
      return Ops.softmax(logits);
    }

    @Override
    public NDArray probs(NDArray scores) {
      return scores;
    }
  },
  /** {@code sigmoid(l)} of each expert independently (DeepSeek-V3). */
  SIGMOID {
    @Override
    public NDArray scores(NDArray logits) {
      return RoutingOps.sigmoid(logits);
    }
  },
  /** {@code sqrt(softplus(l))} (DeepSeek-V4; Megatron-LM {@code sqrtsoftplus}). */
  SQRT_SOFTPLUS {
    @Override
    public NDArray scores(NDArray logits) {
      return RoutingOps.sqrtSoftplus(logits);
    }
  };

  /** Added by Megatron-LM and DeepSeek to sums of scores before division. */
  static final double EPSILON = 1e-20;

  /** Returns the scores (T, E) of logits (T, E). */
  public abstract NDArray scores(NDArray logits);

  /**
   * Returns the probabilities used by balance losses: scores (T, E) divided by their sum over
   * experts.
   */
  public NDArray probs(NDArray scores) {
    return normalised(scores);
  }

  /**
   * Returns the scores of the chosen experts, optionally divided by their sum, times a factor.
   *
   * @param scores (T, E)
   * @param choices (T, K) of int64
   * @return (T, K)
   */
  public static NDArray weights(NDArray scores, NDArray choices, boolean normalise, double factor) {
    NDArray chosen = scores.gather(choices, 1); // (T, K)
    return Ops.scale(normalise ? normalised(chosen) : chosen, factor);
  }

  /** Divides rows by their sum plus {@link #EPSILON}. */
  public static NDArray normalised(NDArray rows) {
    return rows.div(Ops.shift(rows.sum(new int[] {1}, true), EPSILON));
  }
}
