package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * Result of a shared expert in one pass; valid as long as the batch.
 *
 * @param mix how it is combined with the routed experts
 * @param output (T, D) of the shared expert
 * @param gate (T, 1) or (T, 2) mixing weights; null for {@link SharedSpec.Mix#SUM}
 * @param joined (T, D) combined output
 */
public record SharedPass(
    SharedSpec.Mix mix, NDArray output, @Nullable NDArray gate, NDArray joined) {

  /** Returns the weight of the shared output, (T, 1); null for 1. */
  public @Nullable NDArray sharedShare() {
    return switch (mix) {
      case SUM -> null;
      case GATED -> gate;
      case RESIDUAL -> column(1);
      case EITHER -> gate == null ? null : Ops.shift(Ops.scale(gate, -1), 1);
    };
  }

  /** Returns the weight of the routed output, (T, 1); null for 1. */
  public @Nullable NDArray routedShare() {
    return switch (mix) {
      case SUM, GATED -> null;
      case RESIDUAL -> column(0);
      case EITHER -> gate;
    };
  }

  private @Nullable NDArray column(int number) {
    return gate == null ? null : gate.get(":, %d:%d".formatted(number, number + 1));
  }
}
