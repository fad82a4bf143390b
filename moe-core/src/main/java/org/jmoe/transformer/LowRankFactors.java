package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank factors of one weight.
 *
 * @param weight (.., D, H); null if quantized
 * @param down A (.., D, r)
 * @param up B (.., r, H)
 */
record LowRankFactors(@Nullable Parameter weight, Parameter down, Parameter up) {
  /** Returns {@code w + scale A B}, without gradients. */
  NDArray adapted(NDArray w, double scale, NDManager scope) {
    return NoGrad.get(
        () -> {
          NDArray like = scope.zeros(new Shape(0), w.getDataType(), w.getDevice());
          return TransformerOps.lowRank(like, w, down.getArray(), up.getArray(), scale);
        });
  }

  /** Returns a weight, or throws if it is missing because it is quantized. */
  static <T> T requireRestored(String name, @Nullable T weight) {
    if (weight == null) {
      throw new IllegalStateException(
          name + " is quantized, so adapters cannot be merged exactly; restore the weight first");
    }
    return weight;
  }
}
