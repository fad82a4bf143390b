package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import org.jmoe.transformer.attention.AttentionSpec;

/**
 * Sizes of an attention layer.
 *
 * @param heads query heads, split by tensor parallelism
 * @param parameters parameters of all its projections
 * @param multiplyAdds multiply-adds per token and visible position
 * @param kept elements kept per token for the backward pass: queries, keys, values and output;
 *     scores are recomputed (FlashAttention, Dao et al. 2022)
 * @param window maximum number of visible positions; 0 for no limit
 * @param visibility which positions are visible to a token
 */
public record AttentionSize(
    int heads, long parameters, long multiplyAdds, long kept, int window, Visibility visibility) {
  /** Attention mask. */
  public enum Visibility {
    /** The token itself and earlier ones. */
    CAUSAL,
    /** Every token of its side: an encoder. */
    ALL,
    /** The token itself, earlier ones and all of the other side: a decoder with cross-attention. */
    CROSS
  }

  /** Checks the sizes. */
  public AttentionSize {
    Preconditions.checkArgument(heads >= 1, "heads must be at least 1, not %s", heads);
    Preconditions.checkArgument(window >= 0, "window must be at least 0, not %s", window);
  }

  /** Returns the attention sizes of a layer. */
  static AttentionSize of(AttentionSpec spec, int dim, boolean causal) {
    return new AttentionSize(
        spec.heads(),
        spec.parameters(dim),
        spec.multiplyAddsPerPosition(dim),
        spec.activations(dim),
        spec.window(),
        causal ? Visibility.CAUSAL : Visibility.ALL);
  }

  /**
   * Returns the number of positions visible to a token, on average.
   *
   * @param own tokens on its side of the sequence
   * @param other tokens on the other side; 0 if there is none
   */
  double seen(double own, double other) {
    double wide = window == 0 ? own : Math.min(window, own);
    // Of the first w tokens the i-th sees i, each later one w.
    double causal = wide - wide * (wide - 1) / (2 * own);
    return switch (visibility) {
      case CAUSAL -> causal;
      case ALL -> own;
      case CROSS -> causal + other;
    };
  }
}
