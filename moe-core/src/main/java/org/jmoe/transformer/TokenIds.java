package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;

/** Checks of token ids (B, S). */
final class TokenIds {
  private TokenIds() {}

  /**
   * Checks type and range of ids: the engine wraps negative ids and may crash on others. On GPUs
   * the range is left to the caller, because checking it would synchronise.
   */
  static void require(NDArray ids, int vocabulary) {
    Preconditions.checkArgument(
        ids.getDataType() == DataType.INT64, "ids must be of int64, not %s", ids.getDataType());
    if (ids.getDevice().isGpu()) {
      return;
    }
    long first = ids.size() == 0 ? -1 : Ops.firstOutOfRange(ids, vocabulary);
    if (first >= 0) {
      long length = ids.getShape().get(1);
      throw new IllegalArgumentException(
          "token id %s at position %s of sequence %s is outside the vocabulary [0, %s)"
              .formatted(
                  ids.toLongArray()[Math.toIntExact(first)],
                  first % length,
                  first / length,
                  vocabulary));
    }
  }
}
