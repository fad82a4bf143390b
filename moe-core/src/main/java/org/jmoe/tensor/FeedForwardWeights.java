package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Weights and settings of a feed-forward network, or of a stack of E with a leading axis E.
 *
 * @param activation between the two matmuls
 * @param in (D, H), or (D, 2H) for a gated activation, gate first
 * @param inBias (H) or (2H), or of width 0 for none
 * @param out (H, D)
 * @param outBias (D), or of width 0 for none
 * @param dropout probability of dropping a hidden activation
 * @param seed of the dropout; null without dropout
 * @param precision of the matmuls
 * @param strategy for the groups of a stack's experts
 */
public record FeedForwardWeights(
    Activation activation,
    NDArray in,
    NDArray inBias,
    NDArray out,
    NDArray outBias,
    double dropout,
    @Nullable Seed seed,
    Precision precision,
    ExpertStrategy strategy) {

  /** Returns weights without dropout, computed in float32 with {@link ExpertStrategy#CHEAPEST}. */
  public static FeedForwardWeights of(
      Activation activation, NDArray in, NDArray inBias, NDArray out, NDArray outBias) {
    return new FeedForwardWeights(
        activation, in, inBias, out, outBias, 0, null, Precision.FLOAT32, ExpertStrategy.CHEAPEST);
  }

  /** Returns a copy with dropout of the hidden activations. */
  public FeedForwardWeights withDropout(double probability, Seed draws) {
    return new FeedForwardWeights(
        activation, in, inBias, out, outBias, probability, draws, precision, strategy);
  }

  /** Returns a copy with another precision of the matmuls. */
  public FeedForwardWeights withPrecision(Precision other) {
    return new FeedForwardWeights(
        activation, in, inBias, out, outBias, dropout, seed, other, strategy);
  }

  /** Returns a copy with another strategy. */
  public FeedForwardWeights withStrategy(ExpertStrategy other) {
    return new FeedForwardWeights(
        activation, in, inBias, out, outBias, dropout, seed, precision, other);
  }

  double[] numbers() {
    return new double[] {
      activation.code(),
      dropout,
      seed == null ? 0 : seed.value(),
      precision.torchCode(),
      strategy.code()
    };
  }
}
