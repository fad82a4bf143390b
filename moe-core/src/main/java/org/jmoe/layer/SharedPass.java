package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * What a shared expert did in one pass; lives as long as the batch.
 *
 * @param mix how it joins the routed experts
 * @param output (T, D) of the expert itself
 * @param gate (T, 1) or (T, 2) what the mix weighs by; null for {@link SharedSpec.Mix#SUM}
 * @param joined (T, D) the routed output and the shared one together
 */
public record SharedPass(
    SharedSpec.Mix mix, NDArray output, @Nullable NDArray gate, NDArray joined) {

  /** What the shared output counts in the joined one, (T, 1); null for 1. */
  public @Nullable NDArray sharedShare() {
    return switch (mix) {
      case SUM -> null;
      case GATED -> gate;
      case RESIDUAL -> column(1);
      case EITHER -> gate == null ? null : Ops.shift(Ops.scale(gate, -1), 1);
    };
  }

  /** What the routed output counts in the joined one, (T, 1); null for 1. */
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
