package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * What a feed-forward, or a stack of E of them with a leading axis E, computes with.
 *
 * @param activation between the two products
 * @param in (D, H), or (D, 2H) for a gated activation, gate first
 * @param inBias as wide as in, or of width 0 for none
 * @param out (H, D)
 * @param outBias (D), or of width 0 for none
 * @param dropout share of hidden numbers dropped
 * @param seed of the dropout; null without one
 * @param precision of the products
 * @param strategy how the groups of a stack's experts are computed
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

  /** Products in the weights' own type, by the cheapest strategy. */
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

  /** By the cheapest strategy. */
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
