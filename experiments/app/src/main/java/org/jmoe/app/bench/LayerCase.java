package org.jmoe.app.bench;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.LatentExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;

/**
 * Sizes and settings of a layer to time.
 *
 * @param tokens T
 * @param dim D
 * @param hidden hidden width of each expert
 * @param experts E
 * @param k experts per token
 * @param activation activation of the experts
 * @param precision precision of the matmuls
 * @param skew distribution of choices over experts
 * @param strategy how the experts are computed
 * @param latent latent width of the experts; 0 for no projection
 */
public record LayerCase(
    int tokens,
    int dim,
    int hidden,
    int experts,
    int k,
    Activation activation,
    Precision precision,
    Skew skew,
    ExpertStrategy strategy,
    int latent) {
  /** Checks the sizes. */
  public LayerCase {
    Preconditions.checkArgument(
        tokens >= 1 && dim >= 1 && hidden >= 1 && k >= 1 && k <= experts,
        "layer T,D,F,E,k is %s,%s,%s,%s,%s; use sizes of at least 1 and k of at most E",
        tokens,
        dim,
        hidden,
        experts,
        k);
  }

  /** Returns a layer of balanced SwiGLU experts in float32, computed the cheapest way. */
  public static LayerCase of(int tokens, int dim, int hidden, int experts, int k) {
    return new LayerCase(
        tokens,
        dim,
        hidden,
        experts,
        k,
        Activation.SWIGLU,
        Precision.FLOAT32,
        Skew.BALANCED,
        ExpertStrategy.CHEAPEST,
        0);
  }

  /** Returns the bytes of weights, their gradients, tokens and rows that timing needs at least. */
  public double bytes() {
    double weights = 2.0 * experts * dim * hidden; // one matrix each way, at least
    double rows = (double) tokens * k * ((double) dim + hidden);
    return Float.BYTES * (2 * weights + rows + (double) tokens * dim);
  }

  /** Returns a copy with the given latent width. */
  LayerCase withLatent(int width) {
    return new LayerCase(
        tokens, dim, hidden, experts, k, activation, precision, skew, strategy, width);
  }

  /** Returns a copy with another activation. */
  public LayerCase with(Activation other) {
    return new LayerCase(tokens, dim, hidden, experts, k, other, precision, skew, strategy, latent);
  }

  /** Returns a copy with another precision. */
  public LayerCase with(Precision other) {
    return new LayerCase(
        tokens, dim, hidden, experts, k, activation, other, skew, strategy, latent);
  }

  /** Returns a copy with another distribution of choices. */
  public LayerCase with(Skew other) {
    return new LayerCase(
        tokens, dim, hidden, experts, k, activation, precision, other, strategy, latent);
  }

  /** Returns a copy with another strategy. */
  public LayerCase with(ExpertStrategy other) {
    return new LayerCase(
        tokens, dim, hidden, experts, k, activation, precision, skew, other, latent);
  }

  MoeLayer.Spec layer() {
    FeedForwardExperts.Spec plain = new FeedForwardExperts.Spec(hidden, activation, false, 0);
    return new MoeLayer.Spec(
        experts,
        new FixedChoices.Spec(ImmutableLongArray.copyOf(skew.choices(tokens, experts, k)), k),
        latent == 0 ? plain : new LatentExperts.Spec(latent, plain));
  }

  /** Returns the floating-point operations of the expert matmuls in a forward pass. */
  public double flops() {
    double weights = (double) dim * (activation.columns(hidden) + hidden);
    return 2 * weights * tokens * k;
  }

  /** Returns the case as text. */
  public String name() {
    return "%d,%d,%d,%d,%d %s %s %s %s"
        .formatted(tokens, dim, hidden, experts, k, activation, precision, skew, strategy);
  }
}
