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

  /** Computes in the weights' type with {@link ExpertStrategy#CHEAPEST}. */
  public FeedForwardWeights(
      Activation activation,
      NDArray in,
      NDArray inBias,
      NDArray out,
      NDArray outBias,
      double dropout,
      @Nullable Seed seed) {
    this(
        activation,
        in,
        inBias,
        out,
        outBias,
        dropout,
        seed,
        Precision.FLOAT32,
        ExpertStrategy.CHEAPEST);
  }

  /** Uses {@link ExpertStrategy#CHEAPEST}. */
  public FeedForwardWeights(
      Activation activation,
      NDArray in,
      NDArray inBias,
      NDArray out,
      NDArray outBias,
      double dropout,
      @Nullable Seed seed,
      Precision precision) {
    this(activation, in, inBias, out, outBias, dropout, seed, precision, ExpertStrategy.CHEAPEST);
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
