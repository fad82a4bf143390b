package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * Layers that are alike.
 *
 * @param count how many
 * @param share of a sequence's tokens that pass them: 1, or less on one side of an encoder-decoder
 * @param attention of each
 * @param norms parameters of its normalisations
 * @param feedForward parameters that every token uses: a dense feed-forward or a shared expert
 * @param moe its routed experts; null for none
 */
public record LayerGroup(
    int count,
    double share,
    AttentionSize attention,
    long norms,
    long feedForward,
    @Nullable MoeSize moe) {
  /** Checks the sizes. */
  public LayerGroup {
    Preconditions.checkArgument(count >= 1, "count must be at least 1, not %s", count);
    Preconditions.checkArgument(
        share > 0 && share <= 1, "share must be above 0 and at most 1, not %s", share);
  }

  /** So many of them. */
  LayerGroup times(int layers) {
    return new LayerGroup(count * layers, share, attention, norms, feedForward, moe);
  }

  /** Parameters of one layer outside its routed experts. */
  public long dense() {
    return attention.parameters() + norms + feedForward + (moe == null ? 0 : moe.router());
  }

  /** Parameters of one layer's routed experts. */
  public long routed() {
    return moe == null ? 0 : moe.routed();
  }

  /** Parameters of its routed experts that compute for one token. */
  public long routedActive() {
    return moe == null ? 0 : Math.multiplyExact(moe.k(), moe.active());
  }

  /**
   * Multiply-adds of one token in one layer outside its routed experts: one for each weight of a
   * product, and attention's two products with the positions seen.
   */
  public double denseProducts(int sequence) {
    double own = share * sequence;
    return dense() - norms + attention.products() * attention.seen(own, sequence - own);
  }

  /**
   * Numbers of one token that one layer keeps for its backward pass: the residual stream and its
   * normalised copy before attention and feed-forward, what attention keeps, and the hidden numbers
   * of the feed-forward; for each row of an expert also its copy of the token and its output. A
   * feed-forward keeps as many hidden numbers as it has parameters for each number of its input:
   * both halves and the product of a gated one, both sides of the activation of a plain one. A
   * router keeps a float32 probability an expert, written here as two numbers; latent experts a
   * narrow copy of the token and of its sum of outputs.
   *
   * @param rows a token, padding included
   * @param slices of each expert, every one of which has whole rows and a part of their hidden
   *     numbers
   */
  public double kept(int dim, double rows, int slices) {
    double kept = 4.0 * dim + attention.kept() + (double) feedForward / dim;
    if (moe != null) {
      int width = moe.width();
      kept += 2.0 * moe.experts() + (width == dim ? 0 : 2.0 * width);
      kept += rows * (2.0 * width * slices + (double) moe.active() / width);
    }
    return kept;
  }
}
