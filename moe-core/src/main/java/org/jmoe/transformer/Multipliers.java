package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;

/**
 * Constant factors of a model, as in Granite and muP (Yang et al. 2022); 1 for none.
 *
 * @param embedding on the token embeddings
 * @param residual on the output of each attention and feed-forward, before it is added
 * @param logits on the logits
 */
public record Multipliers(double embedding, double residual, double logits) {
  /** No factors. */
  public static final Multipliers NONE = new Multipliers(1, 1, 1);

  /** Checks the factors. */
  public Multipliers {
    check(embedding, "embedding");
    check(residual, "residual");
    check(logits, "logits");
  }

  private static void check(double factor, String name) {
    Preconditions.checkArgument(
        factor > 0 && Double.isFinite(factor),
        "multipliers.%s must be above 0 and finite, not %s",
        name,
        factor);
  }

  /** Returns {@code factor x}; x itself for a factor of 1. */
  static NDArray times(NDArray x, double factor) {
    return factor == 1 ? x : Ops.scale(x, factor);
  }
}
