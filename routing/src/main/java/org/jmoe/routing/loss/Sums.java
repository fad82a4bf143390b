package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Sums over tokens used by balance losses, for each of B equal parts of a batch. */
final class Sums {
  private Sums() {}

  /** Sets the values (T, E) of padding to 0. */
  static NDArray real(NDArray values, RoutingSignals signals) {
    NDArray padding = signals.padding(); // (T)
    return padding == null ? values : Ops.fillRows(values, padding, 0);
  }

  /** Sums values (T, E) over the tokens of each part: (B, E). */
  static NDArray mass(NDArray values, long parts) {
    Shape shape = values.getShape();
    return values.reshape(parts, shape.get(0) / parts, shape.get(1)).sum(new int[] {1});
  }

  /** Counts the choices (T, K) of each expert in each part, (B, E) in the type of {@code like}. */
  static NDArray counts(NDArray choices, int experts, long parts, NDArray like) {
    return Ops.cast(counts(choices, experts, parts), like.getDataType()).reshape(parts, experts);
  }

  /** As above, (B * E) of int64. */
  static NDArray counts(NDArray choices, int experts, long parts) {
    NDArray part = RoutingOps.parts(choices, parts); // (T, K)
    NDArray keys = RoutingOps.scoped(choices, part, experts); // (T, K)
    return Ops.bincount(keys, Math.toIntExact(parts * experts));
  }

  /** Returns the i-th choice of each token, (T, 1). */
  static NDArray place(RoutingSignals signals, int i) {
    return signals.choices().get(new NDIndex(":, {}:{}", i, i + 1));
  }

  /**
   * Returns the mean over parts of {@code factor sum_e a_e b_e} for a and b (B, E), a 0-d array.
   * Each part is summed separately, so its bits do not depend on the rest of the batch.
   */
  static NDArray product(NDArray a, NDArray b, double factor) {
    double parts = a.getShape().get(0);
    NDArray each = Ops.scale(a.mul(b).sum(new int[] {1}), factor); // (B)
    return Ops.scale(each.sum(), 1 / parts);
  }

  /**
   * Returns the mean over parts of {@code factor sum_e a_e b_e / n^2} for a and b (B, E), where n
   * is the number of tokens of a part, without padding if it is removed. Empty parts contribute 0.
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

  /** Returns a loss of 0 without gradient. */
  static NDArray zero(RoutingSignals signals) {
    return Ops.scale(signals.probs().stopGradient().sum(), 0);
  }

  /** Returns {@code 1 / n^2}, or 0 for n = 0. */
  static double inverseSquare(double n) {
    return n == 0 ? 0 : 1 / (n * n);
  }
}
