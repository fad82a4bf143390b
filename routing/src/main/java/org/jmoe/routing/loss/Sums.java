package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Sums over tokens that balance losses are made of, for each of B equal parts of a batch. */
final class Sums {
  private Sums() {}

  /** Values (T, E) with those of padding 0. */
  static NDArray real(NDArray values, RoutingSignals signals) {
    NDArray padding = signals.padding(); // (T)
    return padding == null ? values : Ops.fillRows(values, padding, 0);
  }

  /** The sum of values (T, E) over the tokens of each part: (B, E). */
  static NDArray mass(NDArray values, long parts) {
    Shape shape = values.getShape();
    return values.reshape(parts, shape.get(0) / parts, shape.get(1)).sum(new int[] {1});
  }

  /** How many choices (T, K) each expert has in each part, (B, E) in the type of like. */
  static NDArray counts(NDArray choices, int experts, long parts, NDArray like) {
    return Ops.cast(counts(choices, experts, parts), like.getDataType()).reshape(parts, experts);
  }

  /** The same of int64, (B * E). */
  static NDArray counts(NDArray choices, int experts, long parts) {
    NDArray part = RoutingOps.parts(choices, parts); // (T, K)
    NDArray keys = RoutingOps.scoped(choices, part, experts); // (T, K)
    return Ops.bincount(keys, Math.toIntExact(parts * experts));
  }

  /** The i-th choice of each token, (T, 1). */
  static NDArray place(RoutingSignals signals, int i) {
    return signals.choices().get(new NDIndex(":, {}:{}", i, i + 1));
  }

  /**
   * {@code mean over parts of factor sum_e a_e b_e} of (B, E) each, a 0-d array. Each part is
   * summed by itself first, so that its share has the same bits whatever else is in the batch.
   */
  static NDArray product(NDArray a, NDArray b, double factor) {
    double parts = a.getShape().get(0);
    NDArray each = Ops.scale(a.mul(b).sum(new int[] {1}), factor); // (B)
    return Ops.scale(each.sum(), 1 / parts);
  }

  /**
   * {@code mean over parts of factor sum_e a_e b_e / n^2} of (B, E) each, where n is the number of
   * a part's tokens, or of its real ones where padding is removed; a part without any adds 0.
   */
  static NDArray balance(
      NDArray a, NDArray b, RoutingSignals signals, PaddingRule rule, double factor) {
    long parts = a.getShape().get(0);
    NDArray padding = signals.padding(); // (T)
    boolean removed = rule == PaddingRule.REMOVED;
    if (parts == 1 || padding == null || !removed) {
      double n = removed && parts == 1 ? signals.realTokens() : signals.tokens() / (double) parts;
      return product(a, b, factor * inverseSquare(n));
    }
    NDArray real = Ops.cast(padding.logicalNot(), a.getDataType()); // (T)
    NDArray n = real.reshape(parts, signals.tokens() / parts).sum(new int[] {1}); // (B)
    NDArray square = RoutingOps.clampMin(n.mul(n), 1); // (B)
    NDArray each = a.mul(b).sum(new int[] {1}).div(square); // (B)
    return Ops.scale(each.sum(), factor / parts);
  }

  /** A loss of 0 that sends no gradient. */
  static NDArray zero(RoutingSignals signals) {
    return Ops.scale(signals.probs().stopGradient().sum(), 0);
  }

  /** {@code 1 / n^2}, 0 for none. */
  static double inverseSquare(double n) {
    return n == 0 ? 0 : 1 / (n * n);
  }
}
