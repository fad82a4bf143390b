package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * Identical layers.
 *
 * @param count number of layers
 * @param share fraction of a sequence's tokens that pass through them: 1, or less on one side of an
 *     encoder-decoder
 * @param attention attention of each layer
 * @param norms parameters of the normalisations of each layer
 * @param feedForward parameters that every token uses: a dense feed-forward or a shared expert
 * @param moe routed experts of each layer; null for none
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

  /** Returns the group with {@code layers} times as many layers. */
  LayerGroup times(int layers) {
    return new LayerGroup(count * layers, share, attention, norms, feedForward, moe);
  }

  /** Returns the parameters of one layer outside its routed experts. */
  public long dense() {
    return attention.parameters() + norms + feedForward + (moe == null ? 0 : moe.router());
  }

  /** Returns the parameters of one layer's routed experts. */
  public long routed() {
    return moe == null ? 0 : moe.routed();
  }

  /** Returns the active parameters per token of the routed experts. */
  public long routedActive() {
    return moe == null ? 0 : Math.multiplyExact(moe.k(), moe.active());
  }

  /**
   * Returns the multiply-adds per token of one layer outside its routed experts: one per matmul
   * weight, plus attention's two matmuls over the visible positions.
   */
  public double denseMultiplyAdds(int sequence) {
    double own = share * sequence;
    return dense() - norms + attention.multiplyAdds() * attention.seen(own, sequence - own);
  }

  /**
   * Returns the elements per token that one layer keeps for its backward pass: the residual stream
   * and its normalised copy before attention and feed-forward, attention's own activations, and the
   * hidden activations of the feed-forward; per expert row also its copy of the token and its
   * output. A feed-forward keeps as many hidden elements as it has parameters per input element:
   * both halves and the product of a gated one, both sides of the activation of a plain one. A
   * router keeps one float32 probability per expert, counted here as two elements; latent experts
   * keep a narrow copy of the token and of its combined output.
   *
   * @param rows expert rows per token, padding included
   * @param slices tensor-parallel slices per expert, each with entire rows and a part of their
   *     hidden elements
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
