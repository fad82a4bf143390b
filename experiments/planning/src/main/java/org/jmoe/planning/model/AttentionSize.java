package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import org.jmoe.transformer.AttentionSpec;

/**
 * A layer's attention by its sizes.
 *
 * @param heads query heads, which tensor parallelism divides
 * @param parameters of all its products
 * @param products multiply-adds of a token with each position that it sees
 * @param kept numbers of a token kept for the backward pass: queries, keys, values and output;
 *     scores are computed again (FlashAttention, Dao et al. 2022)
 * @param window most positions that a token sees; 0 for no limit
 * @param sight which positions a token sees
 */
public record AttentionSize(
    int heads, long parameters, long products, long kept, int window, Sight sight) {
  /** Which positions a token sees. */
  public enum Sight {
    /** Itself and earlier ones. */
    CAUSAL,
    /** All of its side: an encoder. */
    ALL,
    /** Itself, earlier ones and all of the other side: a decoder beside an encoder. */
    CROSS
  }

  /** Checks the sizes. */
  public AttentionSize {
    Preconditions.checkArgument(heads >= 1, "heads must be at least 1, not %s", heads);
    Preconditions.checkArgument(window >= 0, "window must be at least 0, not %s", window);
  }

  /** Attention of a layer. */
  static AttentionSize of(AttentionSpec spec, int dim, boolean causal) {
    return new AttentionSize(
        spec.heads(),
        spec.parameters(dim),
        spec.productsPerPosition(dim),
        spec.activations(dim),
        spec.window(),
        causal ? Sight.CAUSAL : Sight.ALL);
  }

  /**
   * Positions that a token sees, on average.
   *
   * @param own tokens of its side of the sequence
   * @param other tokens of the other side, 0 without one
   */
  double seen(double own, double other) {
    double wide = window == 0 ? own : Math.min(window, own);
    // Of the first w tokens the i-th sees i, each later one w.
    double causal = wide - wide * (wide - 1) / (2 * own);
    return switch (sight) {
      case CAUSAL -> causal;
      case ALL -> own;
      case CROSS -> causal + other;
    };
  }
}
